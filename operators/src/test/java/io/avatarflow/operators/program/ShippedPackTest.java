package io.avatarflow.operators.program;

import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.operators.pack.ModelPack;
import io.avatarflow.operators.pack.PackCatalog;
import io.avatarflow.operators.pack.PackManifest;
import io.avatarflow.operators.pack.PackParameters;
import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.operators.stage.PlainLoop;
import io.avatarflow.operators.stage.SessionInfo;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.operators.stage.TensorState;
import io.avatarflow.operators.stage.Turn;
import io.avatarflow.operators.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The stages over the graphs that the engine ships, run by ONNX Runtime. */
class ShippedPackTest {
  private static final List<String> STAGES = List.of("motion", "denoise", "render");

  static List<String> packs() {
    return PackCatalog.bundled();
  }

  @ParameterizedTest
  @MethodSource("packs")
  void aSessionGetsTheSameBytesAtEveryBatchSize(String name) {
    try (ModelPack pack = ModelPack.load(name)) {
      int max = pack.manifest().batch().max();
      List<SessionInfo> sessions = sessions(pack, max);
      List<SessionRecord> first = blocks(pack, sessions, 0);
      List<SessionRecord> second = blocks(pack, sessions, 1);
      for (String stageName : STAGES) {
        ProgramStage stage =
            new ProgramStage(stageName, pack.manifest(), pack.digest(), stageName, pack::runner);
        List<Turn<TensorState>> before = alone(stage, sessions, first, List.of());
        List<Turn<TensorState>> expected = alone(stage, sessions, second, before);
        for (int size = 2; size <= max; size++) {
          List<Turn<TensorState>> together = new ArrayList<>();
          for (int i = 0; i < size; i++) {
            together.add(turn(stage, sessions.get(i), second.get(i), before, i));
          }
          PlainLoop.drive(stage, together);
          for (int i = 0; i < size; i++) {
            assertThat(together.get(i).outputs())
                .as("%s of session %d, %d in a batch", stageName, i, size)
                .isEqualTo(expected.get(i).outputs());
            assertThat(together.get(i).newState()).isEqualTo(expected.get(i).newState());
          }
        }
        first = outputs(before);
        second = outputs(expected);
      }
    }
  }

  private static List<Turn<TensorState>> alone(
      ProgramStage stage,
      List<SessionInfo> sessions,
      List<SessionRecord> records,
      List<Turn<TensorState>> before) {
    List<Turn<TensorState>> turns = new ArrayList<>();
    for (int i = 0; i < sessions.size(); i++) {
      Turn<TensorState> turn = turn(stage, sessions.get(i), records.get(i), before, i);
      PlainLoop.drive(stage, List.of(turn));
      assertThat(turn.failure()).isNull();
      turns.add(turn);
    }
    return turns;
  }

  private static Turn<TensorState> turn(
      ProgramStage stage,
      SessionInfo session,
      SessionRecord record,
      List<Turn<TensorState>> before,
      int i) {
    return before.isEmpty()
        ? new Turn<>(session, record, stage.initialState(session), null)
        : new Turn<>(
            session, record, before.get(i).newState(), before.get(i).derived().orElse(null));
  }

  private static List<SessionRecord> outputs(List<Turn<TensorState>> turns) {
    return turns.stream().map(turn -> turn.outputs().get(0)).toList();
  }

  private static List<SessionInfo> sessions(ModelPack pack, int count) {
    List<String> identities = List.copyOf(pack.manifest().identities().keySet());
    List<SessionInfo> sessions = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      sessions.add(
          new SessionInfo(
              "test/s" + i,
              pack.manifest().name(),
              pack.digest(),
              i,
              new SessionInfo.VideoSettings(
                  pack.manifest().picture().width(),
                  pack.manifest().picture().height(),
                  "H264",
                  500_000),
              true,
              pack.identity(identities.get(i % identities.size()))));
    }
    return sessions;
  }

  private static List<SessionRecord> blocks(
      ModelPack pack, List<SessionInfo> sessions, long index) {
    PackManifest manifest = pack.manifest();
    int frames = manifest.clock().framesPerBlock() + manifest.audio().lookAheadFrames();
    int bands =
        manifest.samplesPerFrame()
            / manifest.audio().logMel().hopSamples()
            * manifest.audio().logMel().bands();
    Random random = new Random(index);
    List<SessionRecord> records = new ArrayList<>();
    for (SessionInfo session : sessions) {
      records.add(
          new SessionRecord.Block(
              new MediaBlock(
                  session.sessionKey(),
                  index,
                  0,
                  0,
                  new MediaBlock.BlockAudio(
                      0, 0, new float[0], new short[0], 0, manifest.clock().framesPerBlock()),
                  new PackParameters(manifest).defaults(),
                  MediaBlock.BlockFlags.NONE,
                  0,
                  Map.of(
                      "features.mel", noise(random, frames, bands),
                      "features.energy", noise(random, frames)),
                  List.of(),
                  0)));
    }
    return records;
  }

  private static Tensor noise(Random random, int... shape) {
    float[] values = new float[(int) Tensor.elements(shape)];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextFloat();
    }
    return Tensor.ofFloats(shape, values);
  }
}
