package io.avatarflow.operators.blend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.avatarflow.operators.pack.PackManifest;
import io.avatarflow.operators.stage.BlockParameters;
import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.operators.stage.MediaBlock.BlockFlags;
import io.avatarflow.operators.stage.PlainLoop;
import io.avatarflow.operators.stage.SessionInfo;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.operators.stage.TensorState;
import io.avatarflow.operators.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.FloatRange;
import org.junit.jupiter.api.Test;

class BlendStageTest {
  private static final int FRAME = 16;
  private static final SessionInfo SESSION =
      new SessionInfo(
          "test/ann",
          "fake",
          "00",
          1,
          new SessionInfo.VideoSettings(4, 4, "H264", 1),
          true,
          new byte[0]);

  @Test
  void weightZeroIsTheIdentity() {
    float[] input = frames(12);
    input[3] = -0.0f;

    assertThat(blend(2, input, silence(12), 0)).isEqualTo(input);
  }

  @Property(tries = 100)
  void aHigherWeightIsSmoother(
      @ForAll @FloatRange(min = 0, max = 0.9f) float weight,
      @ForAll @FloatRange(min = 0.05f, max = 0.1f) float more) {
    float[] input = frames(40);

    assertThat(roughness(blend(2, input, silence(40), weight + more)))
        .isLessThan(roughness(blend(2, input, silence(40), weight)));
  }

  @Test
  void speechIsSmoothedLessThanSilence() {
    float[] input = frames(40);
    float[] quiet = new float[40];
    Arrays.fill(quiet, 0.006f);
    float[] loud = new float[40];
    Arrays.fill(loud, 0.2f);

    double inSilence = roughness(blend(2, input, silence(40), 1));
    double inQuietSpeech = roughness(blend(2, input, quiet, 1));

    assertThat(inSilence).isLessThan(inQuietSpeech);
    assertThat(inQuietSpeech).isLessThan(roughness(input));
    assertThat(blend(2, input, loud, 1)).isEqualTo(input);
  }

  @Test
  void anyCutIntoBlocksGivesTheSameFrames() {
    float[] input = frames(24);
    float[] energy = new float[24];
    for (int t = 0; t < energy.length; t++) {
      energy[t] = 0.001f * (1 + t);
    }
    float[] whole = blend(24, input, energy, 0.7f);

    for (int framesPerBlock : new int[] {1, 2, 3, 8, 12}) {
      assertThat(blend(framesPerBlock, input, energy, 0.7f)).isEqualTo(whole);
    }
  }

  /** Worked by hand: h = 0.5 in silence at weight 1, halving the way each frame. */
  @Test
  void aStepIsApproachedByHalves() {
    float[] input = new float[4 * FRAME];
    Arrays.fill(input, FRAME, input.length, 8);

    float[] output = blend(2, input, silence(4), 1);

    assertThat(new float[] {output[0], output[FRAME], output[2 * FRAME], output[3 * FRAME]})
        .containsExactly(0, 4, 6, 7);
  }

  @Test
  void theHistoryHasItsFormula() {
    TemporalBlend filter = new TemporalBlend(0.5, 0.8);

    assertThat(filter.history(0.7, 0)).isEqualTo(0.35f);
    assertThat(filter.history(0.7, 1)).isCloseTo(0.07f, within(1e-7f));
    assertThat(filter.history(0.7, Math.pow(10, -42.5 / 20))).isCloseTo(0.21f, within(1e-6f));
  }

  @Test
  void aDiscontinuityBeginsAnew() {
    PlainLoop<TensorState> loop = new PlainLoop<>(new BlendStage(manifest(2, "", "")));
    loop.accept(SESSION, record(0, frames(2), silence(2), 2, 1, BlockFlags.NONE));
    float[] input = frames(4);
    float[] second = Arrays.copyOfRange(input, 2 * FRAME, input.length);

    List<SessionRecord> records =
        loop.accept(
            SESSION,
            record(
                1,
                second,
                silence(2),
                2,
                1,
                new BlockFlags(false, false, false, false, true, false)));

    assertThat(latent(records)).isEqualTo(blend(2, second, silence(2), 1));
    assertThat(latent(records)).startsWith(Arrays.copyOf(second, FRAME));
  }

  @Test
  void theStateIsTheLastBlendedFrameAndNothingBeforeIt() {
    BlendStage stage = new BlendStage(manifest(2, "", ""));
    PlainLoop<TensorState> loop = new PlainLoop<>(stage);

    float[] output =
        latent(loop.accept(SESSION, record(0, frames(2), silence(2), 2, 1, BlockFlags.NONE)));

    assertThat(stage.initialState(SESSION)).isEqualTo(TensorState.EMPTY);
    Tensor state = loop.state(SESSION.sessionKey()).tensors().get("blended");
    assertThat(state.shape()).containsExactly(1, 4, 4);
    assertThat(state.toFloats()).isEqualTo(Arrays.copyOfRange(output, FRAME, 2 * FRAME));
  }

  @Test
  void aPackWithoutABlendStepLetsBlocksPass() {
    BlendStage stage = new BlendStage(manifest(2, "  blend:\n", "  other:\n"));

    assertThat(stage.accepts(record(0, frames(2), silence(2), 2, 1, BlockFlags.NONE))).isFalse();
  }

  @Test
  void aBlendStepThatCannotRunIsRefusedWithASentence() {
    assertThatThrownBy(() -> new BlendStage(manifest(2, "maxHistory: 0.5", "maxHistory: 1.5")))
        .hasMessage(
            "Pack \"fake\": stage \"blend\": maxHistory is 1.5, it has to be at least 0 and below 1.");
    assertThatThrownBy(() -> new BlendStage(manifest(2, "tensor: latent", "tensor: mouth")))
        .hasMessage(
            "Pack \"fake\": stage \"blend\": state.blended is float32 [1, 4, 4], but a frame of \"mouth\" is float32 [2].");
    assertThatThrownBy(
            () -> new BlendStage(manifest(3, "[batch, 3, 1, 4, 4]", "[batch, 2, 1, 4, 4]")))
        .hasMessage(
            "Pack \"fake\": stage \"blend\": \"latent\" is float32 [2, 1, 4, 4], it has to be float32 with 3 frames as its first axis.");
    assertThatThrownBy(() -> new BlendStage(manifest(2, "state: blended", "state: prev")))
        .hasMessageContaining("\"state.prev\" cannot be resolved: it belongs to stage \"denoise\"");
  }

  /** Runs a whole sequence through the stage in blocks of that many frames. */
  private static float[] blend(int framesPerBlock, float[] input, float[] energy, float weight) {
    PlainLoop<TensorState> loop = new PlainLoop<>(new BlendStage(manifest(framesPerBlock, "", "")));
    float[] output = new float[input.length];
    int size = framesPerBlock * FRAME;
    for (int block = 0; block < input.length / size; block++) {
      float[] part = Arrays.copyOfRange(input, block * size, (block + 1) * size);
      float[] loudness =
          Arrays.copyOfRange(energy, block * framesPerBlock, (block + 1) * framesPerBlock + 2);
      List<SessionRecord> records =
          loop.accept(
              SESSION, record(block, part, loudness, framesPerBlock, weight, BlockFlags.NONE));
      System.arraycopy(latent(records), 0, output, block * size, size);
    }
    return output;
  }

  private static float[] latent(List<SessionRecord> records) {
    return ((SessionRecord.Block) records.get(0)).block().tensors().get("latent").toFloats();
  }

  private static SessionRecord.Block record(
      long index,
      float[] latent,
      float[] energy,
      int framesPerBlock,
      float weight,
      BlockFlags flags) {
    return new SessionRecord.Block(
        new MediaBlock(
            SESSION.sessionKey(),
            index,
            0,
            0,
            new MediaBlock.BlockAudio(0, 0, new float[0], new short[0], 0, framesPerBlock),
            new BlockParameters(
                1, "ddim", 1, "ddim", "cosine", 1, 1, weight, 0, 0, 0, "ANIMATE", 0, List.of()),
            flags,
            0,
            Map.of(
                "latent",
                Tensor.ofFloats(new int[] {framesPerBlock, 1, 4, 4}, latent),
                "features.energy",
                Tensor.ofFloats(new int[] {energy.length}, energy)),
            List.of(),
            0));
  }

  /** The manifest of the program tests with another block length and a piece replaced. */
  private static PackManifest manifest(int framesPerBlock, String piece, String replacement) {
    try (InputStream in = BlendStageTest.class.getResourceAsStream("/program/pack.yaml")) {
      String text =
          new String(in.readAllBytes(), StandardCharsets.UTF_8)
              .replace("framesPerBlock: 2", "framesPerBlock: " + framesPerBlock)
              .replace("[batch, 2, 1, 4, 4]", "[batch, %d, 1, 4, 4]".formatted(framesPerBlock));
      assertThat(text).contains(piece);
      return new YAMLMapper().readValue(text.replace(piece, replacement), PackManifest.class);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static float[] frames(int count) {
    Random random = new Random(5);
    float[] values = new float[count * FRAME];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static float[] silence(int count) {
    return new float[count];
  }

  /** Mean square of the difference between neighbouring frames. */
  private static double roughness(float[] frames) {
    double sum = 0;
    for (int i = FRAME; i < frames.length; i++) {
      sum += Math.pow(frames[i] - frames[i - FRAME], 2);
    }
    return sum / (frames.length - FRAME);
  }
}
