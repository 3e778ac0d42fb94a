package io.avatarflow.operators.host;

import java.io.IOException;
import java.util.Optional;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** Serialises {@link SessionHeader}: epoch, attempt, broken stages, then the constants if known. */
public final class SessionHeaderSerializer extends ImmutableSerializer<SessionHeader> {
  private static final long serialVersionUID = 1L;
  private static final int FORMAT = 2;

  @Override
  public SessionHeader createInstance() {
    return SessionHeader.UNKNOWN;
  }

  @Override
  public void serialize(SessionHeader header, DataOutputView target) throws IOException {
    target.writeByte(FORMAT);
    target.writeLong(header.epoch());
    target.writeInt(header.attempt());
    target.writeByte(header.broken());
    target.writeBoolean(header.info().isPresent());
    if (header.info().isPresent()) {
      SessionInfoFormat.write(header.info().get(), target);
    }
  }

  @Override
  public SessionHeader deserialize(DataInputView source) throws IOException {
    int format = WireFormat.readVersion(source, FORMAT, "A session's header");
    long epoch = source.readLong();
    int attempt = source.readInt();
    int broken = source.readUnsignedByte();
    return new SessionHeader(
        source.readBoolean()
            ? Optional.of(SessionInfoFormat.read(format > 1, source))
            : Optional.empty(),
        epoch,
        attempt,
        broken);
  }

  @Override
  public TypeSerializerSnapshot<SessionHeader> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Names the serializer in a checkpoint. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<SessionHeader> {
    public Snapshot() {
      super(SessionHeaderSerializer::new);
    }
  }
}
