package io.avatarflow.operators.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class NoiseScheduleTest {

  @Property
  void everySchedulePreservesVariance(
      @ForAll NoiseSchedule schedule, @ForAll @DoubleRange(min = 0, max = 1) double t) {
    double alpha = schedule.alpha(t);
    double sigma = schedule.sigma(t);

    assertThat(alpha * alpha + sigma * sigma).isCloseTo(1, within(1e-12));
  }

  @Property
  void signalToNoiseFallsStrictly(
      @ForAll NoiseSchedule schedule,
      @ForAll @DoubleRange(min = 0.01, max = 0.9) double t,
      @ForAll @DoubleRange(min = 0.01, max = 0.1) double step) {
    double later = schedule.alpha(t + step) / schedule.sigma(t + step);
    assertThat(later).isLessThan(schedule.alpha(t) / schedule.sigma(t));
  }

  @ParameterizedTest
  @EnumSource
  void timeZeroIsClean(NoiseSchedule schedule) {
    assertThat(schedule.alpha(0)).isEqualTo(1);
    assertThat(schedule.sigma(0)).isZero();
  }

  @Test
  void cosineIsACosine() {
    assertThat(NoiseSchedule.COSINE.alpha(1.0 / 3)).isCloseTo(0.8660254037844387, within(1e-15));
    assertThat(NoiseSchedule.COSINE.alpha(1)).isBetween(0.0, 1e-15);
    assertThat(NoiseSchedule.COSINE.sigma(1)).isEqualTo(1);
  }

  @Test
  void linearIsTheLimitOfTheThousandDiscreteSteps() {
    double product = 1;
    for (int i = 1; i <= 1000; i++) {
      double beta = 1e-4 + (0.02 - 1e-4) * (i - 1) / 999;
      product *= 1 - beta;
      assertThat(NoiseSchedule.LINEAR.alpha(i / 1000.0))
          .isCloseTo(Math.sqrt(product), within(3e-3));
    }
  }

  @ParameterizedTest
  @EnumSource
  void namesAreReadBack(NoiseSchedule schedule) {
    assertThat(NoiseSchedule.of(schedule.manifestName())).isEqualTo(schedule);
  }

  @Test
  void unknownNamesAndTimesAreRefused() {
    assertThatThrownBy(() -> NoiseSchedule.of("karras"))
        .hasMessage("Noise schedule \"karras\" is not known; use cosine or linear.");
    assertThatThrownBy(() -> NoiseSchedule.COSINE.alpha(1.5)).hasMessageContaining("1.5");
    assertThatThrownBy(() -> NoiseSchedule.LINEAR.sigma(Double.NaN)).hasMessageContaining("NaN");
  }
}
