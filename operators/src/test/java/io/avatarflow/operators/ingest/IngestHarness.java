package io.avatarflow.operators.ingest;

import io.avatarflow.operators.pack.PackManifest;
import io.avatarflow.operators.pack.PackStep;
import io.avatarflow.operators.stage.IdentityException;
import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.operators.stage.Origin;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.operators.stage.Turn;
import io.avatarflow.operators.tensor.ElementType;
import io.avatarflow.schemas.AudioChunk;
import io.avatarflow.schemas.AudioEncoding;
import io.avatarflow.schemas.BundledIdentity;
import io.avatarflow.schemas.CloseMode;
import io.avatarflow.schemas.DecisionMark;
import io.avatarflow.schemas.Framing;
import io.avatarflow.schemas.PackReference;
import io.avatarflow.schemas.SessionClose;
import io.avatarflow.schemas.SessionEvent;
import io.avatarflow.schemas.SessionInput;
import io.avatarflow.schemas.SessionOpen;
import io.avatarflow.schemas.SessionParameters;
import io.avatarflow.schemas.SessionSource;
import io.avatarflow.schemas.StreamMark;
import io.avatarflow.schemas.VideoCodec;
import io.avatarflow.schemas.VideoSettings;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Drives ingest for one session in a plain loop, its state written and read again between any two
 * records.
 */
public final class IngestHarness {
  public static final String KEY = "tenant/session";
  static final String DIGEST = "ab".repeat(32);

  private final IngestStage stage;
  private IngestState state = IngestState.INITIAL;
  private long offset = 100;
  private final List<SessionRecord> all = new ArrayList<>();

  IngestHarness(PackManifest manifest, IngestOptions options) {
    this(manifest, options, SeatPolicy.UNLIMITED, QualityLadder.FULL);
  }

  IngestHarness(
      PackManifest manifest, IngestOptions options, SeatPolicy seats, QualityLadder ladder) {
    this.stage = new IngestStage(manifest, DIGEST, options, IngestHarness::identity, seats, ladder);
  }

  /** The stage alone, for tests of what hosts it. */
  public static IngestStage stage(PackManifest manifest, IngestOptions options) {
    return new IngestHarness(manifest, options).stage;
  }

  private static byte[] identity(SessionOpen open) throws IdentityException {
    if (open.getIdentity() instanceof BundledIdentity bundled && bundled.getName().equals("ada")) {
      return new byte[] {1, 2, 3};
    }
    throw new IdentityException("Identity \"x\" is not one of ada.");
  }

  public static PackManifest manifest(int rate, int framesPerBlock, int lookAhead) {
    PackManifest.Graph graph =
        new PackManifest.Graph(
            "motion.onnx",
            Map.of(
                "override",
                new PackManifest.TensorSpec(ElementType.FLOAT32, List.of("batch", "2", "32"))),
            Map.of());
    return new PackManifest(
        1,
        "reference",
        "1.0.0",
        "",
        "Apache-2.0",
        PackManifest.Determinism.BIT,
        new PackManifest.Clock(25, framesPerBlock),
        new PackManifest.Size(256, 256),
        new PackManifest.Audio(rate, lookAhead, null),
        null,
        null,
        Map.of(
            "steps", new PackManifest.ParameterRange("4", 1.0, 8.0, null),
            "sampler",
                new PackManifest.ParameterRange("ddim", null, null, List.of("ddim", "euler"))),
        List.of(),
        Map.of("assemble", graph),
        Map.of(),
        List.of(),
        null,
        Map.of(),
        Map.of(
            "motion",
            List.of(
                new PackStep(
                    "assemble", Map.of("override", "param.override"), Map.of(), null, null))),
        Map.of(),
        Map.of(),
        null,
        Map.of());
  }

  static PackManifest manifest() {
    return manifest(16_000, 2, 2);
  }

  /** The record at offset 100, 101, ... that arrives at 1,000 microseconds times its offset. */
  List<SessionRecord> send(Object body) {
    return sendAt(offset * 1000, body);
  }

  /** The next record, arriving at a time. */
  List<SessionRecord> sendAt(long arrivedMicros, Object body) {
    return sendAt(arrivedMicros, 0, body);
  }

  /** The same, produced at a time by the producer's clock. */
  List<SessionRecord> sendAt(long arrivedMicros, long producedMicros, Object body) {
    Origin origin = new Origin("avatar.input", 3, offset, arrivedMicros);
    offset++;
    return run(new SessionRecord.Input(KEY, new SessionInput(KEY, producedMicros, body), origin));
  }

  List<SessionRecord> follow(List<DecisionMark> decisions) {
    return run(new SessionRecord.Decisions(KEY, decisions));
  }

  /** Goes on with a state from elsewhere, the next input having an offset. */
  void resume(IngestState restored, long nextOffset) {
    state = restored;
    offset = nextOffset;
  }

  long nextOffset() {
    return offset;
  }

  /** Wakes the session whenever it wants, to the millisecond as a host does, up to a time. */
  List<SessionRecord> passTo(long untilMicros) {
    List<SessionRecord> out = new ArrayList<>();
    for (OptionalLong wake = stage.wakeAtMicros(state);
        wake.isPresent() && roundedUp(wake.getAsLong()) <= untilMicros;
        wake = stage.wakeAtMicros(state)) {
      IngestState before = state;
      out.addAll(tick(roundedUp(wake.getAsLong()), false));
      if (state.equals(before)) {
        throw new IllegalStateException("A wake-up changed nothing, it would come again for ever.");
      }
    }
    return out;
  }

  private static long roundedUp(long micros) {
    return -Math.floorDiv(-micros, 1000L) * 1000;
  }

  List<SessionRecord> tick(long nowMicros, boolean endOfInput) {
    return run(new SessionRecord.Tick(KEY, nowMicros, endOfInput));
  }

  private List<SessionRecord> run(SessionRecord record) {
    Turn<IngestState> turn = new Turn<>(null, record, state, null);
    stage.step(List.of(turn));
    if (turn.answer() != Turn.Answer.DONE) {
      throw new IllegalStateException("The turn answered " + turn.answer(), turn.failure());
    }
    state = copy(turn.newState());
    if (!state.equals(turn.newState())) {
      throw new IllegalStateException("The state did not survive its codec.");
    }
    all.addAll(turn.outputs());
    return turn.outputs();
  }

  static byte[] bytes(IngestState state) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      IngestState.CODEC.write(state, new DataOutputStream(bytes));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  static IngestState copy(IngestState state) {
    try {
      return IngestState.CODEC.read(
          IngestState.CODEC.version(), new DataInputStream(new ByteArrayInputStream(bytes(state))));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  IngestStage stage() {
    return stage;
  }

  IngestState state() {
    return state;
  }

  /** Everything since the start. */
  List<SessionRecord> all() {
    return all;
  }

  static SessionParameters noParameters() {
    return new SessionParameters(
        null, null, null, null, null, null, null, null, null, null, null, null, null, null);
  }

  public static SessionOpen open() {
    return open(noParameters(), new VideoSettings(null, null, VideoCodec.H264, null));
  }

  static SessionOpen openLive() {
    return SessionOpen.newBuilder(open()).setSource(SessionSource.LIVE).build();
  }

  static SessionOpen open(SessionParameters parameters, VideoSettings video) {
    return new SessionOpen(
        new PackReference("reference", null),
        new BundledIdentity("ada"),
        Framing.GIVEN,
        7L,
        video,
        parameters,
        SessionSource.RECORDED);
  }

  public static SessionClose drain() {
    return new SessionClose(CloseMode.DRAIN);
  }

  public static AudioChunk chunk(long epoch, long first, int rate, float[] samples, boolean end) {
    ByteBuffer bytes = ByteBuffer.allocate(samples.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    for (float sample : samples) {
      bytes.putFloat(sample);
    }
    return new AudioChunk(epoch, first, rate, 1, AudioEncoding.PCM_F32LE, bytes.flip(), end);
  }

  static List<MediaBlock> blocks(List<SessionRecord> records) {
    return records.stream()
        .filter(SessionRecord.Block.class::isInstance)
        .map(record -> ((SessionRecord.Block) record).block())
        .toList();
  }

  static List<SessionEvent> events(List<SessionRecord> records) {
    return records.stream()
        .filter(SessionRecord.Event.class::isInstance)
        .map(record -> ((SessionRecord.Event) record).event())
        .toList();
  }

  static List<SessionRecord.Reject> rejects(List<SessionRecord> records) {
    return records.stream()
        .filter(SessionRecord.Reject.class::isInstance)
        .map(SessionRecord.Reject.class::cast)
        .toList();
  }

  static <M> List<M> marks(List<SessionRecord> records, Class<M> type) {
    return records.stream()
        .filter(SessionRecord.Emission.class::isInstance)
        .map(record -> ((SessionRecord.Emission) record).output().getBody())
        .map(body -> ((StreamMark) body).getBody())
        .filter(type::isInstance)
        .map(type::cast)
        .toList();
  }
}
