package io.avatarflow.operators.audio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.avatarflow.schemas.AudioEncoding;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PcmTest {
  private static ByteBuffer floats(float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return bytes.flip();
  }

  private static ByteBuffer shorts(short... values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * 2).order(ByteOrder.LITTLE_ENDIAN);
    for (short value : values) {
      bytes.putShort(value);
    }
    return bytes.flip();
  }

  @Property
  void sixteenBitSamplesLeaveAsTheyCame(@ForAll @Size(max = 50) short[] samples)
      throws InvalidAudioException {
    assertThat(Pcm.toShorts(Pcm.decode(shorts(samples), AudioEncoding.PCM_S16LE, 1)))
        .isEqualTo(samples);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 6, 8})
  void channelsAreMixedToTheirMean(int channels) throws InvalidAudioException {
    float[] frame = new float[channels];
    frame[channels - 1] = 0.5f;
    assertThat(Pcm.decode(floats(frame), AudioEncoding.PCM_F32LE, channels))
        .containsExactly(0.5f / channels);
  }

  @Test
  void floatsOutOfRangeAreClipped() throws InvalidAudioException {
    assertThat(Pcm.decode(floats(3f, -1.5f, 0.25f), AudioEncoding.PCM_F32LE, 1))
        .containsExactly(1f, -1f, 0.25f);
    assertThat(Pcm.toShorts(new float[] {1f, -1f})).containsExactly(32767, -32768);
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void notANumberIsRefusedWithItsPlace(float bad) {
    assertThatThrownBy(() -> Pcm.decode(floats(0, 0, 0, bad), AudioEncoding.PCM_F32LE, 2))
        .isInstanceOf(InvalidAudioException.class)
        .hasMessageContaining("Sample 1 of channel 1 is " + bad);
  }

  @Test
  void thePayloadIsNotConsumed() throws InvalidAudioException {
    ByteBuffer payload = shorts((short) 1, (short) 2);
    Pcm.decode(payload, AudioEncoding.PCM_S16LE, 1);
    assertThat(payload.remaining()).isEqualTo(4);
  }
}
