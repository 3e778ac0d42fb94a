package io.avatarflow.operators.host;

import io.avatarflow.operators.stage.SessionRecord;
import org.apache.flink.api.common.serialization.SerializerConfig;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;

/** The Flink type of everything that travels between the operators of the graph. */
public final class SessionRecordTypeInfo extends TypeInformation<SessionRecord> {
  /** The only one that is needed. */
  public static final SessionRecordTypeInfo INSTANCE = new SessionRecordTypeInfo();

  private static final long serialVersionUID = 1L;

  private SessionRecordTypeInfo() {}

  @Override
  public boolean isBasicType() {
    return false;
  }

  @Override
  public boolean isTupleType() {
    return false;
  }

  @Override
  public int getArity() {
    return 1;
  }

  @Override
  public int getTotalFields() {
    return 1;
  }

  @Override
  public Class<SessionRecord> getTypeClass() {
    return SessionRecord.class;
  }

  @Override
  public boolean isKeyType() {
    return false;
  }

  @Override
  public TypeSerializer<SessionRecord> createSerializer(SerializerConfig config) {
    return new SessionRecordSerializer();
  }

  @Override
  public String toString() {
    return "SessionRecord";
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SessionRecordTypeInfo;
  }

  @Override
  public int hashCode() {
    return SessionRecordTypeInfo.class.hashCode();
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof SessionRecordTypeInfo;
  }
}
