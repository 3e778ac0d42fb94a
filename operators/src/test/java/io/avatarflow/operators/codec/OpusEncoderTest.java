package io.avatarflow.operators.codec;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OpusEncoderTest {
  private static final int PACKETS = 60;

  @Test
  void twoEncodersGiveTheSameBytes() {
    assertThat(packets().toArray(byte[][]::new)).isDeepEqualTo(packets().toArray(byte[][]::new));
  }

  @Test
  void decodedSoundIsTheInputBehindByTheLookAhead() {
    short[] input = input();
    short[] output = OpusTestDecoder.decode(packets());
    int bestLag = -1;
    double best = -1;
    for (int lag = 0; lag < OpusEncoder.PACKET_SAMPLES; lag++) {
      double correlation = correlation(input, output, lag);
      if (correlation > best) {
        best = correlation;
        bestLag = lag;
      }
    }
    assertThat(bestLag).isBetween(OpusEncoder.LOOK_AHEAD - 12, OpusEncoder.LOOK_AHEAD + 12);
    assertThat(best).isGreaterThan(0.9);
  }

  @Test
  void createAndFreeLeavesNothingBehind() {
    short[] input = input();
    long growth =
        NativeMemory.growth(
            1000,
            () -> {
              try (OpusEncoder encoder = new OpusEncoder()) {
                encoder.encode(input, 0, 0);
              }
            });
    assertThat(growth).isLessThan(20L << 20);
  }

  private static double correlation(short[] input, short[] output, int lag) {
    double product = 0;
    double inputPower = 0;
    double outputPower = 0;
    for (int i = 4800; i + lag < output.length; i++) {
      product += (double) input[i] * output[i + lag];
      inputPower += (double) input[i] * input[i];
      outputPower += (double) output[i + lag] * output[i + lag];
    }
    return product / Math.sqrt(inputPower * outputPower);
  }

  private static short[] input() {
    return TestSpeech.samples(OpusEncoder.SAMPLE_RATE, PACKETS * OpusEncoder.PACKET_SAMPLES);
  }

  private static List<byte[]> packets() {
    short[] input = input();
    List<byte[]> packets = new ArrayList<>();
    try (OpusEncoder encoder = new OpusEncoder()) {
      for (int i = 0; i < PACKETS; i++) {
        packets.add(encoder.encode(input, i * OpusEncoder.PACKET_SAMPLES, i));
      }
    }
    return packets;
  }
}
