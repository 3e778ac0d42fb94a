package io.avatarflow.operators.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class DiffusionSamplerTest {
  static final List<DiffusionSampler> SAMPLERS = Samplers.ALL;

  private static final TimeGrid GRID = new TimeGrid(NoiseSchedule.COSINE, 0.98, 4);

  @ParameterizedTest
  @FieldSource("SAMPLERS")
  void theLastStepGivesTheCleanSample(DiffusionSampler sampler) {
    float[] x = {3, -1};

    sampler.update(GRID, 3).apply(x, new float[] {0.25f, 7}, new float[2], new float[2]);

    assertThat(x).containsExactly(0.25f, 7);
  }

  @ParameterizedTest
  @FieldSource("SAMPLERS")
  void aTrueCleanSampleKeepsTheNoiseLevelOfTheSchedule(DiffusionSampler sampler) {
    // With x_0 = 0 known, x stays pure noise, whose deviation must be sigma of the next time.
    TimeGrid fine = new TimeGrid(NoiseSchedule.COSINE, 1, 200);
    for (int i = 0; i < fine.steps() - 1; i++) {
      SamplerUpdate update = sampler.update(fine, i);
      double carried = update.ofSample() * fine.sigma(i);
      assertThat(Math.hypot(carried, update.ofNoise())).isCloseTo(fine.sigma(i + 1), within(1e-4));
    }
  }

  @ParameterizedTest
  @FieldSource("SAMPLERS")
  void aSampleWithoutNoiseFollowsTheSchedule(DiffusionSampler sampler) {
    // With x_t = alpha x_0 exactly, x_s is alpha_s x_0 but for fresh noise.
    TimeGrid fine = new TimeGrid(NoiseSchedule.LINEAR, 1, 1000);
    for (int i = 0; i < fine.steps() - 1; i++) {
      SamplerUpdate update = sampler.update(fine, i);
      double signal = update.ofSample() * fine.alpha(i) + update.ofX0() + update.ofPreviousX0();
      assertThat(signal).isCloseTo(fine.alpha(i + 1), within(1e-3));
    }
  }

  @Test
  void onlyAncestralAndConsistencySamplingTakeNoise() {
    assertThat(SAMPLERS)
        .filteredOn(sampler -> sampler.update(GRID, 0).takesNoise())
        .extracting(DiffusionSampler::name)
        .containsExactly("ddpm", "lcm");
  }

  @Test
  void eulerIsNotDdimInDisguise() {
    assertThat(Samplers.of("euler").update(GRID, 1))
        .isNotEqualTo(Samplers.of("ddim").update(GRID, 1));
  }

  @Test
  void oneStepRunsNeedNothingButThePrediction() {
    TimeGrid one = new TimeGrid(NoiseSchedule.COSINE, 1, 1);

    assertThat(SAMPLERS)
        .allSatisfy(sampler -> assertThat(sampler.update(one, 0)).isEqualTo(SamplerUpdate.TAKE_X0));
  }

  @Test
  void unknownSamplersAndEmptyRunsAreRefused() {
    assertThatThrownBy(() -> Samplers.of("heun"))
        .hasMessage("Sampler \"heun\" is not known; use ddpm, ddim, euler, dpmpp-2m or lcm.");
    assertThatThrownBy(() -> new TimeGrid(NoiseSchedule.COSINE, 1, 0))
        .hasMessage("A sampler cannot run 0 steps; ask for 1 or more.");
    assertThatThrownBy(() -> new TimeGrid(NoiseSchedule.COSINE, 0, 1))
        .hasMessageContaining("Start time 0.0 is outside (0, 1]");
  }
}
