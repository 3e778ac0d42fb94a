package io.avatarflow.operators.program;

import static io.avatarflow.operators.program.Sessions.block;
import static io.avatarflow.operators.program.Sessions.moved;
import static io.avatarflow.operators.program.Sessions.parameters;
import static io.avatarflow.operators.program.Sessions.session;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.avatarflow.operators.diffusion.BlockNoise;
import io.avatarflow.operators.diffusion.NoiseSchedule;
import io.avatarflow.operators.diffusion.NoiseStream;
import io.avatarflow.operators.stage.BlockParameters;
import io.avatarflow.operators.stage.PlainLoop;
import io.avatarflow.operators.stage.SessionInfo;
import io.avatarflow.operators.stage.TensorState;
import io.avatarflow.operators.stage.Turn;
import io.avatarflow.operators.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SampleStepTest {
  private static final SessionInfo ANN = session("ann", 1);

  private final FakePack pack = new FakePack();

  @Test
  void guidanceTakesASecondRowWithTheUnconditionalInputs() {
    motion(1.5f);
    List<Map<String, Tensor>> rows = denoiserRuns().get(0).rows();

    assertThat(rows).hasSize(2);
    Map<String, Tensor> context = outputsOf("motion_context");
    assertThat(rows.get(0)).containsEntry("cond", context.get("cond"));
    assertThat(rows.get(1)).containsEntry("cond", context.get("cond_null"));
    for (String shared : List.of("x_t", "t", "z")) {
      assertThat(rows.get(1).get(shared)).isEqualTo(rows.get(0).get(shared));
    }
  }

  @Test
  void withoutGuidanceThereIsOneRow() {
    motion(1);

    assertThat(denoiserRuns()).allSatisfy(run -> assertThat(run.rows()).hasSize(1));
  }

  @ParameterizedTest
  @ValueSource(floats = {0, 0.5f, 1, 1.5f, 3})
  void theScaleMovesTheResultAlongTheDifference(float scale) {
    pack.with("motion_denoiser", row -> Map.of("x0", row.get("cond")));

    motion(scale);

    float[] conditional = outputsOf("motion_context").get("cond").toFloats();
    float[] unconditional = outputsOf("motion_context").get("cond_null").toFloats();
    float[] x0 = pack.runs.get(pack.runs.size() - 1).rows().get(0).get("x0").toFloats();
    for (int i = 0; i < x0.length; i++) {
      assertThat(x0[i])
          .isCloseTo(unconditional[i] + scale * (conditional[i] - unconditional[i]), within(1e-6f));
    }
  }

  @Test
  void warpInitialisationNoisesTheWarpedPast() {
    float[] flow = new float[64];
    Arrays.fill(flow, 0, 16, 1);
    pack.with("flow_init", row -> Map.of("flow", Tensor.ofFloats(new int[] {2, 2, 4, 4}, flow)));
    ProgramStage denoise = pack.stage("denoise");
    PlainLoop<TensorState> loop = new PlainLoop<>(denoise);
    loop.accept(ANN, moved(ANN, 0, parameters()));
    float[] previous = loop.state(ANN.sessionKey()).tensors().get("prev").toFloats();
    pack.runs.clear();

    loop.accept(ANN, moved(ANN, 1, parameters()));

    float[] noise = new float[32];
    BlockNoise.of(FakePack.DIGEST, ANN.seed())
        .normal(NoiseStream.named("denoise", "latent/start"), 1, 0, 0, noise);
    float[] x = pack.runs.get(1).rows().get(0).get("x_t").toFloats();
    double alpha = NoiseSchedule.COSINE.alpha(0.98);
    double sigma = NoiseSchedule.COSINE.sigma(0.98);
    for (int y = 0; y < 4; y++) {
      for (int column = 0; column < 4; column++) {
        int place = 4 * y + column;
        double shifted = previous[4 * y + Math.min(3, column + 1)];
        assertThat((double) x[place])
            .isCloseTo(alpha * shifted + sigma * noise[place], within(1e-6));
        assertThat((double) x[16 + place])
            .isCloseTo(alpha * previous[place] + sigma * noise[16 + place], within(1e-6));
      }
    }
  }

  @Test
  void noiseOfEveryStepIsDrawnAnewAndTimesFallLinearly() {
    run(parameters(1, "ddim", 4, "euler", 1, List.of()));

    List<FakePack.Run> runs = denoiserRuns();
    assertThat(runs).extracting(run -> run.rows().get(0).get("z")).doesNotHaveDuplicates();
    assertThat(runs)
        .extracting(run -> run.rows().get(0).get("t").toFloats()[0])
        .containsExactly(1f, 0.75f, 0.5f, 0.25f);
  }

  @ParameterizedTest
  @CsvSource({"ddpm", "ddim", "euler", "dpmpp-2m", "lcm"})
  void everySamplerEndsAtThePredictionOfTheLastStep(String sampler) {
    run(parameters(1, "ddim", 3, sampler, 1, List.of()));

    List<FakePack.Run> runs = denoiserRuns();
    assertThat(runs).hasSize(3);
    Map<String, Tensor> last = runs.get(2).rows().get(0);
    assertThat(pack.runs.get(pack.runs.size() - 1).rows().get(0))
        .containsEntry(
            "x0", FakePack.mix(pack.manifest().graphs().get("motion_denoiser"), last).get("x0"));
  }

  @ParameterizedTest
  @CsvSource({"eps", "v"})
  void otherPredictionsAreTurnedIntoCleanSamples(String predicts) {
    FakePack other =
        new FakePack(
            "predicts: x0\n        startTime: 0.98",
            "predicts: " + predicts + "\n        startTime: 0.6");
    float clean = 0.3f;
    double alpha = NoiseSchedule.COSINE.alpha(0.6);
    double sigma = NoiseSchedule.COSINE.sigma(0.6);
    other.with(
        "denoiser",
        row -> {
          float[] x = row.get("x_t").toFloats();
          for (int i = 0; i < x.length; i++) {
            double eps = (x[i] - alpha * clean) / sigma;
            x[i] = (float) (predicts.equals("eps") ? eps : alpha * eps - sigma * clean);
          }
          return Map.of("x0", Tensor.ofFloats(row.get("x_t").shape(), x));
        });

    new PlainLoop<>(other.stage("denoise"))
        .accept(ANN, moved(ANN, 0, parameters(1, "ddim", 1, "ddim", 1, List.of())));

    for (float value : other.runs.get(other.runs.size() - 1).rows().get(0).get("x0").toFloats()) {
      assertThat(value).isCloseTo(clean, within(1e-5f));
    }
  }

  @Test
  void stepsOfDifferentIndexShareABatch() {
    ProgramStage motion = pack.stage("motion");
    SessionInfo bob = session("bob", 2);
    Turn<TensorState> ahead =
        new Turn<>(ANN, block(ANN, 0, parameters()), motion.initialState(ANN), null);
    Turn<TensorState> behind =
        new Turn<>(bob, block(bob, 0, parameters()), motion.initialState(bob), null);
    for (int i = 0; i < 3; i++) {
      motion.step(List.of(ahead));
    }
    for (int i = 0; i < 2; i++) {
      motion.step(List.of(behind));
    }
    assertThat(motion.batchKey(ahead)).isEqualTo(motion.batchKey(behind));

    motion.step(List.of(ahead, behind));

    assertThat(denoiserRuns().get(1).rows())
        .extracting(row -> row.get("t").toFloats()[0])
        .containsExactly(0.5f, 1f);
  }

  private void motion(float guidance) {
    run(parameters(1, "ddim", 2, "ddim", guidance, List.of()));
  }

  private void run(BlockParameters parameters) {
    new PlainLoop<>(pack.stage("motion")).accept(ANN, block(ANN, 0, parameters));
  }

  private List<FakePack.Run> denoiserRuns() {
    return pack.runs.stream().filter(run -> run.graph().equals("motion_denoiser")).toList();
  }

  private Map<String, Tensor> outputsOf(String graph) {
    Map<String, Tensor> row =
        pack.runs.stream()
            .filter(run -> run.graph().equals(graph))
            .findFirst()
            .orElseThrow()
            .rows()
            .get(0);
    return FakePack.mix(pack.manifest().graphs().get(graph), row);
  }
}
