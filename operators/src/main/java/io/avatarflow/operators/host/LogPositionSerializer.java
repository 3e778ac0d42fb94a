package io.avatarflow.operators.host;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** Serialises {@link LogPosition}: partition, then offset. */
public final class LogPositionSerializer extends ImmutableSerializer<LogPosition> {
  private static final long serialVersionUID = 1L;
  private static final int FORMAT = 1;

  @Override
  public LogPosition createInstance() {
    return new LogPosition(0, 0);
  }

  @Override
  public void serialize(LogPosition position, DataOutputView target) throws IOException {
    target.writeByte(FORMAT);
    target.writeInt(position.partition());
    target.writeLong(position.offset());
  }

  @Override
  public LogPosition deserialize(DataInputView source) throws IOException {
    WireFormat.readVersion(source, FORMAT, "A position in the decision log");
    return new LogPosition(source.readInt(), source.readLong());
  }

  @Override
  public TypeSerializerSnapshot<LogPosition> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Names the serializer in a checkpoint. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<LogPosition> {
    public Snapshot() {
      super(LogPositionSerializer::new);
    }
  }
}
