package io.avatarflow.operators.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import java.util.zip.CRC32;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BlockNoiseTest {
  private static final BlockNoise NOISE = BlockNoise.of("00ff", 42);
  private static final NoiseStream STREAM = NoiseStream.named("denoise", "denoiser/start");

  /**
   * {@code notebooks/reference-pack}: {@code python -m avatarpack.noise}, an implementation of its
   * own.
   */
  static Stream<JsonNode> goldenCases() throws IOException {
    try (InputStream in = BlockNoiseTest.class.getResourceAsStream("/golden/block_noise.json")) {
      return StreamSupport.stream(
          new ObjectMapper().readTree(in).get("cases").spliterator(), false);
    }
  }

  @ParameterizedTest
  @MethodSource("goldenCases")
  void equalsTheIndependentImplementation(JsonNode golden) {
    BlockNoise noise =
        BlockNoise.of(golden.get("digest").textValue(), golden.get("seed").longValue());
    NoiseStream stream =
        NoiseStream.named(golden.get("stage").textValue(), golden.get("tensor").textValue());
    float[] normal = new float[golden.get("normal").size()];
    float[] uniform = new float[normal.length];

    long block = golden.get("block").longValue();
    int step = golden.get("step").intValue();
    noise.normal(stream, block, step, golden.get("first").intValue(), normal);
    noise.uniform(stream, block, step, golden.get("first").intValue(), uniform);

    for (int i = 0; i < normal.length; i++) {
      double expected = golden.get("normal").get(i).doubleValue();
      assertThat((double) normal[i]).isCloseTo(expected, within(1e-7 * (1 + Math.abs(expected))));
      assertThat(uniform[i]).isEqualTo(golden.get("uniform").get(i).floatValue());
    }
  }

  /**
   * The bits of 10,240 numbers as this engine drew them first: recorded sessions depend on them.
   */
  @Test
  void keepsItsBits() {
    float[] normal = new float[10_240];
    NOISE.normal(STREAM, 3, 1, 0, normal);

    ByteBuffer bytes = ByteBuffer.allocate(4 * normal.length);
    bytes.asFloatBuffer().put(normal);
    CRC32 crc = new CRC32();
    crc.update(bytes);

    assertThat(Long.toHexString(crc.getValue())).isEqualTo("5867c00e");
  }

  @Property(tries = 200)
  void anyRangeOfElementsIsACutOfTheWhole(
      @ForAll @LongRange(min = 0, max = BlockNoise.MAX_BLOCKS - 1) long block,
      @ForAll @IntRange(min = 0, max = 60) int first,
      @ForAll @IntRange(min = 0, max = 40) int count) {
    float[] wholeNormal = new float[100];
    float[] wholeUniform = new float[100];
    NOISE.normal(STREAM, block, 0, 0, wholeNormal);
    NOISE.uniform(STREAM, block, 0, 0, wholeUniform);
    float[] normal = new float[count];
    float[] uniform = new float[count];

    NOISE.normal(STREAM, block, 0, first, normal);
    NOISE.uniform(STREAM, block, 0, first, uniform);

    assertThat(normal).isEqualTo(Arrays.copyOfRange(wholeNormal, first, first + count));
    assertThat(uniform).isEqualTo(Arrays.copyOfRange(wholeUniform, first, first + count));
  }

  @Test
  void everyPartOfTheAddressCounts() {
    Set<Float> firstNumbers = new HashSet<>();
    for (long block : new long[] {0, 1, 1L << 32, 1L << 40, BlockNoise.MAX_BLOCKS - 1}) {
      for (int step : new int[] {0, 1, 255}) {
        for (String stage : new String[] {"motion", "denoise"}) {
          for (String tensor : new String[] {"z", "w"}) {
            for (int first : new int[] {0, 4, BlockNoise.MAX_ELEMENTS - 1}) {
              float[] one = new float[1];
              NOISE.normal(NoiseStream.named(stage, tensor), block, step, first, one);
              firstNumbers.add(one[0]);
            }
          }
        }
      }
    }
    assertThat(firstNumbers).hasSize(5 * 3 * 2 * 2 * 3);
  }

  @Test
  void seedAndPackCount() {
    float[] a = new float[4];
    float[] b = new float[4];
    float[] c = new float[4];
    BlockNoise.of("00", 1).normal(STREAM, 0, 0, 0, a);
    BlockNoise.of("00", 2).normal(STREAM, 0, 0, 0, b);
    BlockNoise.of("01", 1).normal(STREAM, 0, 0, 0, c);

    assertThat(a).isNotEqualTo(b).isNotEqualTo(c);
    assertThat(b).isNotEqualTo(c);
  }

  @Test
  void numbersHaveTheMomentsOfTheirDistribution() {
    float[] normal = new float[1 << 18];
    float[] uniform = new float[1 << 18];
    NOISE.normal(STREAM, 0, 0, 0, normal);
    NOISE.uniform(STREAM, 0, 0, 0, uniform);

    assertThat(moment(normal, 1)).isCloseTo(0, within(0.01));
    assertThat(moment(normal, 2)).isCloseTo(1, within(0.01));
    assertThat(moment(normal, 3)).isCloseTo(0, within(0.03));
    assertThat(moment(normal, 4)).isCloseTo(3, within(0.06));
    assertThat(moment(uniform, 1)).isCloseTo(0.5, within(0.005));
    assertThat(moment(uniform, 2)).isCloseTo(1.0 / 3, within(0.005));
    for (float u : uniform) {
      assertThat(u > 0 && u < 1).isTrue();
    }
  }

  @Test
  void addressesOutsideTheCounterAreRefused() {
    float[] out = new float[2];
    assertThatThrownBy(() -> NOISE.normal(STREAM, BlockNoise.MAX_BLOCKS, 0, 0, out))
        .hasMessageContaining("Block 281474976710656 has no noise");
    assertThatThrownBy(() -> NOISE.normal(STREAM, 0, 256, 0, out))
        .hasMessageContaining("Step 256 has no noise");
    assertThatThrownBy(() -> NOISE.uniform(STREAM, 0, 0, BlockNoise.MAX_ELEMENTS - 1, out))
        .hasMessageContaining("a tensor has at most 67108864");
  }

  private static double moment(float[] values, int power) {
    double sum = 0;
    for (float value : values) {
      sum += Math.pow(value, power);
    }
    return sum / values.length;
  }
}
