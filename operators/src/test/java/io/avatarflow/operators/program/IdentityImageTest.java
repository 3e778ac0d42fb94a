package io.avatarflow.operators.program;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.avatarflow.operators.tensor.Tensor;
import org.junit.jupiter.api.Test;

class IdentityImageTest {

  @Test
  void pixelsAreRowsOfRedGreenBlue() {
    Tensor image = IdentityImage.decode(Sessions.png(3, 2, 0), 3, 2);

    assertThat(image.shape()).containsExactly(2, 3, 3);
    assertThat(image.bytes())
        .containsExactly(
            0x10, 0x20, 0x30, 0x10, 0x20, 0x31, 0x10, 0x20, 0x32, 0x10, 0x20, 0x40, 0x10, 0x20,
            0x41, 0x10, 0x20, 0x42);
  }

  @Test
  void anotherSizeIsRefused() {
    assertThatThrownBy(() -> IdentityImage.decode(Sessions.png(3, 2, 0), 4, 4))
        .hasMessage(
            "The session's identity is 3 x 2 pixels, the pack wants 4 x 4; open the session again with a framed crop.");
  }

  @Test
  void whatIsNoPngIsRefused() {
    assertThatThrownBy(() -> IdentityImage.decode(new byte[] {1, 2, 3}, 4, 4))
        .hasMessageContaining("The session's identity of 3 bytes cannot be read as PNG");
  }
}
