package io.avatarflow.operators.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GuidanceTest {

  @ParameterizedTest
  @CsvSource({"0, 1.0, -2.0", "1, 3.0, -4.0", "1.5, 4.0, -5.0", "3, 7.0, -8.0"})
  void movesAwayFromTheUnconditionalAnswer(float scale, float first, float second) {
    float[] conditional = {3, -4};

    Guidance.apply(conditional, new float[] {1, -2}, scale);

    assertThat(conditional).containsExactly(first, second);
  }
}
