package io.avatarflow.operators.audio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.avatarflow.operators.pack.PackManifest;
import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.operators.stage.TensorState;
import io.avatarflow.operators.stage.Turn;
import io.avatarflow.operators.tensor.Tensor;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class LogMelTest {
  private static final PackManifest.LogMel SPEC =
      new PackManifest.LogMel(400, 160, 512, 40, 60, 7600, 1e-6, 6, 0.2);
  private static final int FRAME = 640;

  private static LogMelStage stage(int framesPerBlock, int lookAhead) {
    return new LogMelStage(
        new PackManifest.Clock(25, framesPerBlock), new PackManifest.Audio(16000, lookAhead, SPEC));
  }

  /** Runs the stage over a whole signal and returns the blocks' tensors; zeros follow its end. */
  private static List<MediaBlock> run(float[] signal, int framesPerBlock, int lookAhead) {
    LogMelStage stage = stage(framesPerBlock, lookAhead);
    TensorState state = stage.initialState(null);
    List<MediaBlock> blocks = new ArrayList<>();
    int blockSamples = framesPerBlock * FRAME;
    for (int at = 0; at < signal.length; at += blockSamples) {
      float[] features = new float[(framesPerBlock + lookAhead) * FRAME];
      System.arraycopy(signal, at, features, 0, Math.min(features.length, signal.length - at));
      Turn<TensorState> turn =
          new Turn<>(null, new SessionRecord.Block(Blocks.withSamples(features)), state, null);
      stage.step(List.of(turn));
      assertThat(turn.answer()).isEqualTo(Turn.Answer.DONE);
      state = turn.newState();
      blocks.add(((SessionRecord.Block) turn.outputs().get(0)).block());
    }
    return blocks;
  }

  private static float[] noise(long seed, int samples) {
    Random random = new Random(seed);
    float[] noise = new float[samples];
    for (int n = 0; n < samples; n++) {
      noise[n] = (random.nextFloat() * 2 - 1) * (n % 3000 < 1500 ? 0.5f : 0.001f);
    }
    return noise;
  }

  @Test
  void equalsAnIndependentImplementation() throws IOException {
    JsonNode golden =
        new ObjectMapper().readTree(LogMelTest.class.getResourceAsStream("/golden/logmel.json"));
    int compared = 0;
    for (JsonNode testCase : golden.get("cases")) {
      List<MediaBlock> blocks = run(signal(testCase), 2, 2);
      for (int frame = 0; frame < testCase.get("logMel").size(); frame++) {
        MediaBlock block = blocks.get(frame / 2);
        float[] mel = block.tensors().get(LogMelStage.MEL).toFloats();
        float[] energy = block.tensors().get(LogMelStage.ENERGY).toFloats();
        assertThat((double) energy[frame % 2])
            .isCloseTo(testCase.get("energy").get(frame).asDouble(), within(1e-5));
        for (int i = 0; i < 160; i++) {
          double expected = testCase.get("logMel").get(frame).get(i / 40).get(i % 40).asDouble();
          assertThat((double) mel[frame % 2 * 160 + i])
              .as("%s, frame %d, value %d", testCase.get("name"), frame, i)
              .isCloseTo(expected, within(1e-5));
          compared++;
        }
      }
    }
    assertThat(compared).isGreaterThan(3000);
  }

  private static float[] signal(JsonNode testCase) {
    if (testCase.has("pcm16")) {
      float[] signal = new float[testCase.get("pcm16").size()];
      for (int n = 0; n < signal.length; n++) {
        signal[n] = testCase.get("pcm16").get(n).asInt() / 32768f;
      }
      return signal;
    }
    float[] signal = new float[testCase.get("samples").asInt()];
    for (int n = 0; n < signal.length; n++) {
      signal[n] =
          (float)
              (0.5 * Math.sin(2 * Math.PI * (110 + 0.02 * n) * n / 16000)
                  + 0.1 * Math.sin(2 * Math.PI * 3100 * n / 16000));
    }
    return signal;
  }

  @Property(tries = 40)
  void theStreamEqualsTheWholeForAnyBlocks(
      @ForAll @IntRange(min = 1, max = 7) int framesPerBlock,
      @ForAll @IntRange(min = 0, max = 5) int lookAhead,
      @ForAll @IntRange(min = 1, max = 20_000) int samples,
      @ForAll long seed) {
    float[] signal = noise(seed, samples);
    int frames = (samples + FRAME - 1) / FRAME;
    float[] padded = new float[240 + (frames + 16) * FRAME];
    System.arraycopy(signal, 0, padded, 240, samples);
    float[] whole = new LogMel(SPEC, 16000).compute(padded, (frames + 12) * 4);

    List<MediaBlock> blocks = run(signal, framesPerBlock, lookAhead);

    assertThat(blocks).hasSize((frames + framesPerBlock - 1) / framesPerBlock);
    for (int b = 0; b < blocks.size(); b++) {
      Tensor mel = blocks.get(b).tensors().get(LogMelStage.MEL);
      assertThat(mel.shape()).containsExactly(framesPerBlock + lookAhead, 160);
      float[] values = mel.toFloats();
      for (int i = 0; i < values.length; i++) {
        assertThat(values[i]).isCloseTo(whole[b * framesPerBlock * 160 + i], within(1e-5f));
      }
    }
  }

  @Property(tries = 30)
  void whatIsKnownOfTheBlockBeforeChangesNothing(
      @ForAll @IntRange(min = 1, max = 3) int framesPerBlock,
      @ForAll @IntRange(min = 0, max = 3) int lookAhead,
      @ForAll long seed) {
    LogMelStage stage = stage(framesPerBlock, lookAhead);
    Random random = new Random(seed);
    int blockSamples = framesPerBlock * FRAME;
    float[] signal = noise(seed, 12 * blockSamples + lookAhead * FRAME);
    TensorState state = stage.initialState(null);
    AutoCloseable derived = null;
    for (int block = 0; block < 12; block++) {
      if (random.nextInt(4) == 0) {
        // What was still to come is taken back, and other speech begins.
        float[] other = noise(random.nextLong(), signal.length);
        System.arraycopy(
            other, 0, signal, block * blockSamples, other.length - block * blockSamples);
      }
      int from = block * blockSamples;
      float[] samples = Arrays.copyOfRange(signal, from, from + blockSamples + lookAhead * FRAME);
      Turn<TensorState> knowing = turn(samples, state, derived);
      Turn<TensorState> alone = turn(samples, state, null);
      stage.step(List.of(knowing, alone));
      assertThat(tensors(knowing)).isEqualTo(tensors(alone));
      state = knowing.newState();
      derived = knowing.derived().orElseThrow();
    }
  }

  private static Map<String, Tensor> tensors(Turn<TensorState> turn) {
    return ((SessionRecord.Block) turn.outputs().get(0)).block().tensors();
  }

  private static Turn<TensorState> turn(float[] samples, TensorState state, AutoCloseable derived) {
    return new Turn<>(null, new SessionRecord.Block(Blocks.withSamples(samples)), state, derived);
  }

  @Test
  void digitalSilenceGivesTheFloor() {
    MediaBlock block = run(new float[FRAME], 2, 2).get(0);
    float floor = (float) ((Math.log(1e-6) + 6) * 0.2);
    assertThat(block.tensors().get(LogMelStage.MEL).toFloats()).containsOnly(floor);
    assertThat(block.tensors().get(LogMelStage.ENERGY).toFloats()).containsOnly(0f);
  }

  @Test
  void stateSurvivesItsCodec() throws IOException {
    TensorState state = stage(2, 2).initialState(null);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    TensorState.CODEC.write(state, new DataOutputStream(bytes));
    assertThat(
            TensorState.CODEC.read(
                TensorState.CODEC.version(),
                new DataInputStream(new ByteArrayInputStream(bytes.toByteArray()))))
        .isEqualTo(state);
  }

  @Test
  void aBlockOfTheWrongLengthFailsItsTurnOnly() {
    LogMelStage stage = stage(2, 2);
    Turn<TensorState> bad = turn(stage, new float[100]);
    Turn<TensorState> good = turn(stage, new float[4 * FRAME]);
    stage.step(List.of(bad, good));
    assertThat(bad.answer()).isEqualTo(Turn.Answer.FAILED);
    assertThat(bad.failure())
        .hasMessage("Block 0 has 100 samples, features of 4 frames take 2560.");
    assertThat(good.answer()).isEqualTo(Turn.Answer.DONE);
  }

  private static Turn<TensorState> turn(LogMelStage stage, float[] samples) {
    return turn(samples, stage.initialState(null), null);
  }

  @Test
  void specificationsThatMakeNoSenseAreRefusedWithASentence() {
    assertRefused(new PackManifest.LogMel(400, 160, 500, 40, 60, 7600, 1e-6, 6, 0.2), "FFT size");
    assertRefused(new PackManifest.LogMel(400, 160, 256, 40, 60, 7600, 1e-6, 6, 0.2), "FFT size");
    assertRefused(new PackManifest.LogMel(400, 0, 512, 40, 60, 7600, 1e-6, 6, 0.2), "hop of 0");
    assertRefused(new PackManifest.LogMel(400, 160, 512, 0, 60, 7600, 1e-6, 6, 0.2), "0 bands");
    assertRefused(new PackManifest.LogMel(400, 160, 512, 40, 60, 9000, 1e-6, 6, 0.2), "9000.0 Hz");
    assertRefused(new PackManifest.LogMel(400, 160, 512, 40, 60, 7600, 0, 6, 0.2), "floor 0.0");
    assertThatThrownBy(
            () ->
                new LogMelStage(
                    new PackManifest.Clock(30, 2), new PackManifest.Audio(16000, 2, SPEC)))
        .hasMessageContaining("whole hops of 160");
  }

  private static void assertRefused(PackManifest.LogMel spec, String word) {
    assertThatThrownBy(() -> new LogMel(spec, 16000))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(word);
  }
}
