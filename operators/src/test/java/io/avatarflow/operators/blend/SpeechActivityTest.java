package io.avatarflow.operators.blend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

class SpeechActivityTest {

  @Test
  void silenceIsZeroAndSpeechIsOne() {
    assertThat(SpeechActivity.of(0)).isZero();
    assertThat(SpeechActivity.of(Double.NaN)).isZero();
    assertThat(SpeechActivity.of(Math.pow(10, -55 / 20.0))).isCloseTo(0, within(1e-12));
    assertThat(SpeechActivity.of(Math.pow(10, -42.5 / 20))).isCloseTo(0.5, within(1e-12));
    assertThat(SpeechActivity.of(Math.pow(10, -30 / 20.0))).isCloseTo(1, within(1e-12));
    assertThat(SpeechActivity.of(1)).isEqualTo(1);
  }

  @Property
  void louderIsNeverLessActive(
      @ForAll @DoubleRange(min = 0, max = 1) double rms,
      @ForAll @DoubleRange(min = 0, max = 1) double more) {
    assertThat(SpeechActivity.of(rms + more)).isBetween(SpeechActivity.of(rms), 1.0);
  }
}
