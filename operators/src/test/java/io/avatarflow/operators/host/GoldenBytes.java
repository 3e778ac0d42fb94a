package io.avatarflow.operators.host;

import io.avatarflow.operators.stage.BlockParameters;
import io.avatarflow.operators.stage.BlockParameters.OverrideFrame;
import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.operators.stage.MediaBlock.BlockAudio;
import io.avatarflow.operators.stage.MediaBlock.BlockFlags;
import io.avatarflow.operators.stage.MediaBlock.StageTrace;
import io.avatarflow.operators.stage.Origin;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.operators.stage.TensorState;
import io.avatarflow.operators.tensor.ElementType;
import io.avatarflow.operators.tensor.Tensor;
import io.avatarflow.schemas.BlockFill;
import io.avatarflow.schemas.DecisionMark;
import io.avatarflow.schemas.FlushMark;
import io.avatarflow.schemas.KeyFrameRequest;
import io.avatarflow.schemas.SampleRange;
import io.avatarflow.schemas.SessionEvent;
import io.avatarflow.schemas.SessionEventType;
import io.avatarflow.schemas.SessionInput;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/**
 * The values whose bytes are kept in {@code golden/host}, one file of hexadecimal digits each. The
 * files of a released format are never written again: {@link #main} is for a new format.
 */
final class GoldenBytes {
  private static final String KEY = "tenant/session";
  private static final String INPUT_TRACE =
      "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  private static final String SESSION_TRACE =
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

  private GoldenBytes() {}

  /** A value with its serializer. */
  record Sample<T>(TypeSerializer<T> serializer, T value) {
    byte[] write() throws IOException {
      DataOutputSerializer out = new DataOutputSerializer(64);
      serializer.serialize(value, out);
      return out.getCopyOfBuffer();
    }

    T read(byte[] bytes) throws IOException {
      return serializer.deserialize(new DataInputDeserializer(bytes));
    }
  }

  /** One record of each kind. */
  static Map<String, SessionRecord> records() {
    return records("", "", 0);
  }

  /** One record of each kind, traced where a record has a trace; blocks with a bitrate. */
  private static Map<String, SessionRecord> records(
      String ofInput, String ofSession, int videoBitrate) {
    Origin origin = new Origin("avatar.input", 3, 42, 1_700_000_000_000_000L, ofInput);
    Map<String, SessionRecord> records = new TreeMap<>();
    records.put(
        "input",
        new SessionRecord.Input(
            KEY, new SessionInput(KEY, 1_700_000_000_000_001L, new KeyFrameRequest()), origin));
    records.put("start", new SessionRecord.Start(Records.info(KEY).inTrace(ofSession)));
    records.put(
        "block",
        new SessionRecord.Block(fullBlock(1_700_000_000_300_003L, 0xdeadbeefL, videoBitrate)));
    records.put("control", Records.interrupt(KEY, 7));
    records.put(
        "control-key-frame",
        new SessionRecord.Control(KEY, SessionRecord.Control.Kind.KEY_FRAME, 0));
    records.put(
        "emission",
        new SessionRecord.Emission(
            ((SessionRecord.Emission) Records.mark(KEY, new FlushMark(7L))).output(), ofSession));
    records.put(
        "event",
        new SessionRecord.Event(
            new SessionEvent(KEY, 1280L, SessionEventType.INTERRUPTED, "barge-in", "Détail.")));
    records.put(
        "reject",
        new SessionRecord.Reject(KEY, null, new byte[] {1, 2, 3}, origin, "not a record"));
    records.put("end", Records.end(KEY));
    records.put(
        "decisions",
        new SessionRecord.Decisions(
            KEY,
            List.of(
                new DecisionMark(
                    5L,
                    6400L,
                    640,
                    BlockFill.UNDERFLOW,
                    List.of(new SampleRange(6500L, 20)),
                    1,
                    42L))));
    return records;
  }

  /**
   * Records of format 1 as they are read today: blocks had no deadline and no hashes, decisions no
   * kind.
   */
  private static Map<String, SessionRecord> recordsOfFormatOne() {
    Map<String, SessionRecord> records = new TreeMap<>(records());
    records.remove("decisions");
    records.put("block", new SessionRecord.Block(fullBlock(MediaBlock.NO_DEADLINE, 0, 0)));
    return records;
  }

  private static MediaBlock fullBlock(long deadlineMicros, long hash, int videoBitrate) {
    return new MediaBlock(
        KEY,
        5,
        1,
        2,
        new BlockAudio(6400, 1280, new float[] {0.5f, -0.25f}, new short[] {1, -2, 3}, 3, 2),
        new BlockParameters(
            4,
            "euler",
            2,
            "ddpm",
            "cosine",
            1.5f,
            1,
            0.7f,
            0.1f,
            -0.5f,
            0.5f,
            "ANIMATE",
            videoBitrate,
            List.of(new OverrideFrame(1, 24, 0.2f))),
        new BlockFlags(true, false, true, false, true, false),
        1,
        Map.of(
            "latent",
            Tensor.ofFloats(new int[] {2, 2}, 1, 2, 3, 4),
            "frames",
            Tensor.of(ElementType.UINT8, new int[] {3}, new byte[] {7, 8, 9})),
        List.of(
            new StageTrace("features", 10, 20, 1, hash),
            new StageTrace("denoise", 30, 4000, 8, hash)),
        1_700_000_000_000_002L,
        deadlineMicros);
  }

  static Map<String, Sample<?>> samples() {
    Map<String, Sample<?>> samples = new TreeMap<>();
    addRecords(samples, recordsOfFormatOne(), 1);
    addRecords(samples, records(), 2);
    addRecords(samples, records(INPUT_TRACE, SESSION_TRACE, 0), 3);
    addRecords(samples, records(INPUT_TRACE, SESSION_TRACE, 750_000), 4);
    samples.put(
        "record-published-v4",
        new Sample<>(new SessionRecordSerializer(), new SessionRecord.Published(KEY, 5)));
    samples.put(
        "pending-v1",
        new Sample<>(new PendingRecordSerializer(), new PendingRecord(2, Records.end(KEY))));
    samples.put(
        "log-position-v1", new Sample<>(new LogPositionSerializer(), new LogPosition(3, 70)));
    samples.put(
        "header-v1",
        new Sample<>(
            new SessionHeaderSerializer(),
            new SessionHeader(Optional.of(Records.info(KEY)), 3, 1, 0)));
    samples.put(
        "header-v2",
        new Sample<>(
            new SessionHeaderSerializer(),
            new SessionHeader(Optional.of(Records.info(KEY).inTrace("00-ab-cd-01")), 3, 1, 0)));
    samples.put(
        "header-broken-v1",
        new Sample<>(new SessionHeaderSerializer(), new SessionHeader(Optional.empty(), 3, 1, 2)));
    samples.put(
        "canonical-v1",
        new Sample<>(
            new CanonicalStateSerializer(),
            CanonicalState.of(
                new TensorState(Map.of("mouth_h", Tensor.ofFloats(new int[] {2}, 1, -1))),
                StageGroupTest.untyped(TensorState.CODEC))));
    return samples;
  }

  private static void addRecords(
      Map<String, Sample<?>> samples, Map<String, SessionRecord> records, int format) {
    records.forEach(
        (name, record) ->
            samples.put(
                "record-%s-v%d".formatted(name, format),
                new Sample<>(new SessionRecordSerializer(), record)));
  }

  static byte[] golden(String name) {
    try (var in = GoldenBytes.class.getResourceAsStream("/golden/host/" + name + ".hex")) {
      if (in == null) {
        throw new IllegalStateException("No golden bytes named " + name + ".");
      }
      return HexFormat.of()
          .parseHex(new String(in.readAllBytes(), StandardCharsets.US_ASCII).strip());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes the files that do not exist yet into the directory that is the only argument. */
  public static void main(String[] args) throws IOException {
    Path directory = Files.createDirectories(Path.of(args[0]));
    for (Map.Entry<String, Sample<?>> entry : samples().entrySet()) {
      Path file = directory.resolve(entry.getKey() + ".hex");
      if (!Files.exists(file)) {
        Files.writeString(file, HexFormat.of().formatHex(entry.getValue().write()) + "\n");
      }
    }
  }
}
