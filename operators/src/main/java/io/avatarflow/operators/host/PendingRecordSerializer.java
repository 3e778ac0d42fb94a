package io.avatarflow.operators.host;

import io.avatarflow.operators.stage.SessionRecord;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** Serialises {@link PendingRecord}: the index of the stage, then the record. */
public final class PendingRecordSerializer extends ImmutableSerializer<PendingRecord> {
  private static final long serialVersionUID = 1L;
  private static final int FORMAT = 1;

  private final SessionRecordSerializer records = new SessionRecordSerializer();

  @Override
  public PendingRecord createInstance() {
    return new PendingRecord(0, new SessionRecord.End("", ""));
  }

  @Override
  public void serialize(PendingRecord pending, DataOutputView target) throws IOException {
    target.writeByte(FORMAT);
    target.writeByte(pending.stage());
    records.serialize(pending.record(), target);
  }

  @Override
  public PendingRecord deserialize(DataInputView source) throws IOException {
    WireFormat.readVersion(source, FORMAT, "An in-flight record");
    return new PendingRecord(source.readUnsignedByte(), records.deserialize(source));
  }

  @Override
  public TypeSerializerSnapshot<PendingRecord> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Names the serializer in a checkpoint. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<PendingRecord> {
    public Snapshot() {
      super(PendingRecordSerializer::new);
    }
  }
}
