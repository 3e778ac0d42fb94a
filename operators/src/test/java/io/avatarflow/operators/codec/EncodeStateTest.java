package io.avatarflow.operators.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class EncodeStateTest {
  private static final EncodeState STATE =
      new EncodeState(1234, 2468, new short[] {1, -2, Short.MAX_VALUE}, 617, 3, 2);
  private static final String VERSION_1 =
      "00000000000004d2"
          + "00000000000009a4"
          + "0003"
          + "0001"
          + "fffe"
          + "7fff"
          + "0000000000000269"
          + "0000000000000003"
          + "00000002";

  @Test
  void isWrittenAsTheGoldenBytes() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    EncodeState.CODEC.write(STATE, new DataOutputStream(bytes));
    assertThat(HexFormat.of().formatHex(bytes.toByteArray())).isEqualTo(VERSION_1);
    assertThat(EncodeState.CODEC.version()).isEqualTo(1);
  }

  @Test
  void theGoldenBytesAreRead() throws IOException {
    assertThat(read(VERSION_1, 1)).isEqualTo(STATE);
  }

  @Test
  void refusesAnotherVersionAndAnImpossibleRemainder() {
    assertThatThrownBy(() -> read(VERSION_1, 2))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("version 2");
    String tooLong = VERSION_1.substring(0, 32) + "03c0" + VERSION_1.substring(36);
    assertThatThrownBy(() -> read(tooLong, 1))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("960 samples");
  }

  private static EncodeState read(String hex, int version) throws IOException {
    return EncodeState.CODEC.read(
        version, new DataInputStream(new ByteArrayInputStream(HexFormat.of().parseHex(hex))));
  }
}
