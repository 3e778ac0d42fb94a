package io.avatarflow.operators.host;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** Serialises {@link CanonicalState}: the version of the stage's codec, then what it wrote. */
public final class CanonicalStateSerializer extends ImmutableSerializer<CanonicalState> {
  private static final long serialVersionUID = 1L;
  private static final int FORMAT = 1;

  @Override
  public CanonicalState createInstance() {
    return CanonicalState.encoded(0, new byte[0]);
  }

  @Override
  public void serialize(CanonicalState state, DataOutputView target) throws IOException {
    target.writeByte(FORMAT);
    target.writeInt(state.version());
    WireFormat.writeBytes(state.bytes(), target);
  }

  @Override
  public CanonicalState deserialize(DataInputView source) throws IOException {
    WireFormat.readVersion(source, FORMAT, "Canonical state");
    return CanonicalState.encoded(source.readInt(), WireFormat.readBytes(source));
  }

  @Override
  public TypeSerializerSnapshot<CanonicalState> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Names the serializer in a checkpoint. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<CanonicalState> {
    public Snapshot() {
      super(CanonicalStateSerializer::new);
    }
  }
}
