package io.avatarflow.operators.modelled;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import org.junit.jupiter.api.Test;

class LatencyCurveTest {
  @Test
  void affineSharesItsFixedPart() {
    assertThat(LatencyCurve.affine(9, 1.15).millis(1)).isCloseTo(10.15, within(1e-9));
    assertThat(LatencyCurve.affine(9, 1.15).millis(16)).isCloseTo(27.4, within(1e-9));
  }

  @Test
  void flatSharesNothing() {
    assertThat(LatencyCurve.flat(4).millis(8)).isEqualTo(32);
  }

  @Test
  void measuredTimesLieOnStraightLinesBetweenAndBehind() {
    LatencyCurve curve = LatencyCurve.measured(Map.of(2, 6.0, 4, 10.0, 8, 12.0));
    assertThat(curve.millis(1)).isEqualTo(6);
    assertThat(curve.millis(2)).isEqualTo(6);
    assertThat(curve.millis(3)).isEqualTo(8);
    assertThat(curve.millis(8)).isEqualTo(12);
    assertThat(curve.millis(16)).isEqualTo(16);
    assertThat(LatencyCurve.measured(Map.of(1, 5.0)).millis(3)).isEqualTo(15);
  }

  @Test
  void nonsenseIsRefusedWithTheValue() {
    assertThatThrownBy(() -> LatencyCurve.affine(-1, 1)).hasMessageContaining("-1.0 ms");
    assertThatThrownBy(() -> LatencyCurve.affine(0, 0)).hasMessageContaining("batch of 1");
    assertThatThrownBy(() -> LatencyCurve.flat(Double.NaN)).hasMessageContaining("NaN");
    assertThatThrownBy(() -> LatencyCurve.measured(Map.of())).hasMessageContaining("0 entries");
    assertThatThrownBy(() -> LatencyCurve.measured(Map.of(0, 1.0))).hasMessageContaining("0 rows");
  }
}
