package io.avatarflow.operators.host;

import io.avatarflow.operators.stage.Origin;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.schemas.DecisionMark;
import io.avatarflow.schemas.RecordCodec;
import io.avatarflow.schemas.SessionEvent;
import io.avatarflow.schemas.SessionInput;
import io.avatarflow.schemas.SessionOutput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Serialises {@link SessionRecord}: format, kind, then the record's parts. What has an Avro schema
 * is written in single-object encoding, so that the schemas' own evolution holds in checkpoints
 * too. Format 2 added deadlines of blocks and decisions, format 3 traces, format 4 bitrates of
 * blocks.
 */
public final class SessionRecordSerializer extends ImmutableSerializer<SessionRecord> {
  private static final long serialVersionUID = 1L;
  private static final int FORMAT = 4;

  private static final int INPUT = 1;
  private static final int START = 2;
  private static final int BLOCK = 3;
  private static final int CONTROL = 4;
  private static final int EMISSION = 5;
  private static final int EVENT = 6;
  private static final int REJECT = 7;
  private static final int END = 8;
  private static final int DECISIONS = 9;
  private static final int PUBLISHED = 10;

  /** Length, header of the encoding, and a byte for each field. */
  private static final int MIN_MARK_BYTES = 4 + 10 + 7;

  private static final int INTERRUPT = 1;
  private static final int KEY_FRAME = 2;

  @Override
  public SessionRecord createInstance() {
    return new SessionRecord.End("", "");
  }

  @Override
  public void serialize(SessionRecord record, DataOutputView target) throws IOException {
    target.writeByte(FORMAT);
    if (record instanceof SessionRecord.Input input) {
      target.writeByte(INPUT);
      WireFormat.writeString(input.sessionKey(), target);
      write(SessionInput.getEncoder().encode(input.input()), target);
      write(input.origin(), target);
    } else if (record instanceof SessionRecord.Start start) {
      target.writeByte(START);
      SessionInfoFormat.write(start.info(), target);
    } else if (record instanceof SessionRecord.Block block) {
      target.writeByte(BLOCK);
      MediaBlockFormat.write(block.block(), target);
    } else if (record instanceof SessionRecord.Control control) {
      target.writeByte(CONTROL);
      WireFormat.writeString(control.sessionKey(), target);
      target.writeByte(
          switch (control.kind()) {
            case INTERRUPT -> INTERRUPT;
            case KEY_FRAME -> KEY_FRAME;
          });
      target.writeLong(control.epoch());
    } else if (record instanceof SessionRecord.Emission emission) {
      target.writeByte(EMISSION);
      write(SessionOutput.getEncoder().encode(emission.output()), target);
      WireFormat.writeString(emission.traceparent(), target);
    } else if (record instanceof SessionRecord.Event event) {
      target.writeByte(EVENT);
      write(SessionEvent.getEncoder().encode(event.event()), target);
    } else if (record instanceof SessionRecord.Reject reject) {
      target.writeByte(REJECT);
      write(reject, target);
    } else if (record instanceof SessionRecord.End end) {
      target.writeByte(END);
      WireFormat.writeString(end.sessionKey(), target);
      WireFormat.writeString(end.reason(), target);
    } else if (record instanceof SessionRecord.Decisions decisions) {
      target.writeByte(DECISIONS);
      WireFormat.writeString(decisions.sessionKey(), target);
      target.writeInt(decisions.decisions().size());
      for (DecisionMark mark : decisions.decisions()) {
        write(DecisionMark.getEncoder().encode(mark), target);
      }
    } else if (record instanceof SessionRecord.Published published) {
      target.writeByte(PUBLISHED);
      WireFormat.writeString(published.sessionKey(), target);
      target.writeLong(published.lastBlock());
    } else if (record instanceof SessionRecord.Tick tick) {
      throw new IOException(
          "A Tick of session %s never leaves its stage, so it has no format; keep it out of outputs."
              .formatted(tick.sessionKey()));
    }
  }

  @Override
  public SessionRecord deserialize(DataInputView source) throws IOException {
    int format = WireFormat.readVersion(source, FORMAT, "A record");
    int kind = source.readUnsignedByte();
    return switch (kind) {
      case INPUT ->
          new SessionRecord.Input(
              WireFormat.readString(source),
              RecordCodec.input().decode(WireFormat.readBytes(source)),
              readOrigin(format, source));
      case START -> new SessionRecord.Start(SessionInfoFormat.read(format > 2, source));
      case BLOCK -> new SessionRecord.Block(MediaBlockFormat.read(format, source));
      case CONTROL ->
          new SessionRecord.Control(
              WireFormat.readString(source), readKind(source), source.readLong());
      case EMISSION ->
          new SessionRecord.Emission(
              RecordCodec.output().decode(WireFormat.readBytes(source)),
              format > 2 ? WireFormat.readString(source) : "");
      case EVENT ->
          new SessionRecord.Event(RecordCodec.event().decode(WireFormat.readBytes(source)));
      case REJECT -> readReject(format, source);
      case END ->
          new SessionRecord.End(WireFormat.readString(source), WireFormat.readString(source));
      case DECISIONS -> readDecisions(source);
      case PUBLISHED ->
          new SessionRecord.Published(WireFormat.readString(source), source.readLong());
      default -> throw unknown("A record", kind, PUBLISHED);
    };
  }

  private static void write(ByteBuffer bytes, DataOutputView target) throws IOException {
    target.writeInt(bytes.remaining());
    target.write(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
  }

  private static void write(Origin origin, DataOutputView target) throws IOException {
    WireFormat.writeString(origin.topic(), target);
    target.writeInt(origin.partition());
    target.writeLong(origin.offset());
    target.writeLong(origin.arrivedMicros());
    WireFormat.writeString(origin.traceparent(), target);
  }

  private static Origin readOrigin(int format, DataInputView source) throws IOException {
    return new Origin(
        WireFormat.readString(source),
        source.readInt(),
        source.readLong(),
        source.readLong(),
        format > 2 ? WireFormat.readString(source) : "");
  }

  /** A Kafka record may lack its key or its value, and is rejected just so. */
  private static void write(SessionRecord.Reject reject, DataOutputView target) throws IOException {
    WireFormat.writeString(reject.sessionKey(), target);
    for (byte[] part : new byte[][] {reject.key(), reject.value()}) {
      target.writeBoolean(part != null);
      if (part != null) {
        WireFormat.writeBytes(part, target);
      }
    }
    write(reject.origin(), target);
    WireFormat.writeString(reject.reason(), target);
  }

  private static SessionRecord.Reject readReject(int format, DataInputView source)
      throws IOException {
    return new SessionRecord.Reject(
        WireFormat.readString(source),
        source.readBoolean() ? WireFormat.readBytes(source) : null,
        source.readBoolean() ? WireFormat.readBytes(source) : null,
        readOrigin(format, source),
        WireFormat.readString(source));
  }

  private static SessionRecord.Decisions readDecisions(DataInputView source) throws IOException {
    String sessionKey = WireFormat.readString(source);
    List<DecisionMark> marks = new ArrayList<>();
    for (int left = WireFormat.readLength(source, MIN_MARK_BYTES); left > 0; left--) {
      marks.add(DecisionMark.getDecoder().decode(WireFormat.readBytes(source)));
    }
    return new SessionRecord.Decisions(sessionKey, marks);
  }

  private static SessionRecord.Control.Kind readKind(DataInputView source) throws IOException {
    int kind = source.readUnsignedByte();
    return switch (kind) {
      case INTERRUPT -> SessionRecord.Control.Kind.INTERRUPT;
      case KEY_FRAME -> SessionRecord.Control.Kind.KEY_FRAME;
      default -> throw unknown("A control record", kind, KEY_FRAME);
    };
  }

  private static IOException unknown(String what, int kind, int newest) {
    return new IOException(
        "%s is of kind %d, this build reads 1 to %d; the data is damaged or of a later build."
            .formatted(what, kind, newest));
  }

  @Override
  public TypeSerializerSnapshot<SessionRecord> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Names the serializer in a checkpoint. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<SessionRecord> {
    public Snapshot() {
      super(SessionRecordSerializer::new);
    }
  }
}
