package io.avatarflow.operators.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.operators.tensor.ElementType;
import io.avatarflow.operators.tensor.Tensor;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TensorHashTest {
  private static final Tensor ONE = Tensor.scalar(1);
  private static final Tensor TWO = Tensor.scalar(2);
  private static final Tensor PICTURE = Tensor.zeros(ElementType.UINT8, 2, 2, 3);

  @Test
  void equalTensorsHaveEqualHashesWhateverTheirOrder() {
    assertThat(TensorHash.of(Map.of("a", ONE, "b", TWO)))
        .isEqualTo(TensorHash.of(Map.of("b", TWO, "a", ONE)))
        .isNotZero();
  }

  @Test
  void anotherValueOrAnotherNameChangesTheHash() {
    long hash = TensorHash.of(Map.of("a", ONE));
    assertThat(TensorHash.of(Map.of("a", TWO))).isNotEqualTo(hash);
    assertThat(TensorHash.of(Map.of("b", ONE))).isNotEqualTo(hash);
  }

  @Test
  void picturesAreLeftOut() {
    assertThat(TensorHash.of(Map.of("a", ONE, "frames", PICTURE)))
        .isEqualTo(TensorHash.of(Map.of("a", ONE)));
    assertThat(TensorHash.of(Map.of("frames", PICTURE))).isZero();
  }
}
