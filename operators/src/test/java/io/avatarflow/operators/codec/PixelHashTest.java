package io.avatarflow.operators.codec;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class PixelHashTest {
  @Test
  void isTheFirstEightBytesOfSha256BigEndian() {
    // FIPS 180-2, appendix B.1: SHA-256("abc") = ba7816bf 8f01cfea ...
    byte[] bytes = "xabcx".getBytes(StandardCharsets.US_ASCII);
    assertThat(PixelHash.of(bytes, 1, 3)).isEqualTo(0xba7816bf8f01cfeaL);
  }
}
