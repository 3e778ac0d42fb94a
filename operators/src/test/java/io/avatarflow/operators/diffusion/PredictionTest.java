package io.avatarflow.operators.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.FloatRange;
import org.junit.jupiter.api.Test;

class PredictionTest {

  @Property
  void allThreeTypesTellTheSameCleanSample(
      @ForAll NoiseSchedule schedule,
      @ForAll @DoubleRange(min = 0.01, max = 0.95) double t,
      @ForAll @FloatRange(min = -3, max = 3) float clean,
      @ForAll @FloatRange(min = -3, max = 3) float noise) {
    double alpha = schedule.alpha(t);
    double sigma = schedule.sigma(t);
    float[] x = {(float) (alpha * clean + sigma * noise)};
    float[] x0 = {clean};
    float[] eps = {noise};
    float[] v = {(float) (alpha * noise - sigma * clean)};

    Prediction.X0.toX0(x, x0, alpha, sigma);
    Prediction.EPS.toX0(x, eps, alpha, sigma);
    Prediction.V.toX0(x, v, alpha, sigma);

    assertThat(x0[0]).isEqualTo(clean);
    assertThat(eps[0]).isCloseTo(clean, within((float) (1e-6 + 1e-6 / alpha)));
    assertThat(v[0]).isCloseTo(clean, within(2e-6f));
  }

  @Test
  void unknownNamesAreRefused() {
    assertThat(Prediction.of("v")).isEqualTo(Prediction.V);
    assertThatThrownBy(() -> Prediction.of("score"))
        .hasMessage("Prediction type \"score\" is not known; use x0, eps or v.");
  }
}
