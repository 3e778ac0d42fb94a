package io.avatarflow.operators.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The random samplers against mean and deviation of the Gaussian data that they are to sample. */
class SamplerStatisticsTest {
  private static final GaussianData DATA = new GaussianData(0.7, 0.4);
  private static final int SAMPLES = 100_000;

  @ParameterizedTest(name = "ddpm, {0}, {1} steps")
  @CsvSource({"cosine, 1", "cosine, 2", "cosine, 8", "linear, 2", "linear, 8"})
  void ancestralSamplingIsExactWithADenoiserThatDraws(String schedule, int steps) {
    Random denoiserNoise = new Random(3);

    float[] x =
        run(
            "ddpm",
            schedule,
            steps,
            (v, alpha, sigma) ->
                DATA.posteriorMean(v, alpha, sigma)
                    + DATA.posteriorDeviation(alpha, sigma) * denoiserNoise.nextGaussian());

    assertMoments(x, 0.4, 0.01);
  }

  @ParameterizedTest
  @CsvSource({"cosine", "linear"})
  void ancestralSamplingApproachesTheDataWithADenoiserThatAnswersTheMean(String schedule) {
    float[] x = run("ddpm", schedule, 200, DATA::posteriorMean);

    assertMoments(x, 0.4, 0.02);
  }

  @ParameterizedTest(name = "lcm, {0}, {1} steps")
  @CsvSource({"cosine, 1", "cosine, 4", "linear, 4"})
  void consistencySamplingIsExactWithADenoiserThatAnswersTheEndOfTheFlow(
      String schedule, int steps) {
    float[] x = run("lcm", schedule, steps, DATA::flowEnd);

    assertMoments(x, 0.4, 0.01);
  }

  private static float[] run(
      String sampler, String schedule, int steps, SamplerLoop.Denoiser denoiser) {
    TimeGrid grid = new TimeGrid(NoiseSchedule.of(schedule), 1.0, steps);
    Random random = new Random(2);
    float[] x = new float[SAMPLES];
    for (int k = 0; k < SAMPLES; k++) {
      x[k] = (float) (grid.alpha(0) * DATA.mean() + grid.sigma(0) * random.nextGaussian());
    }
    SamplerLoop.run(Samplers.of(sampler), grid, denoiser, x, random);
    return x;
  }

  private static void assertMoments(float[] x, double deviation, double tolerance) {
    double sum = 0;
    double squares = 0;
    for (float value : x) {
      sum += value;
      squares += (double) value * value;
    }
    double mean = sum / x.length;
    assertThat(mean).isCloseTo(0.7, within(0.01));
    assertThat(Math.sqrt(squares / x.length - mean * mean)).isCloseTo(deviation, within(tolerance));
  }
}
