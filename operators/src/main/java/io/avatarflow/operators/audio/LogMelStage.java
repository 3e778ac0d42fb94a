package io.avatarflow.operators.audio;

import io.avatarflow.operators.pack.PackManifest;
import io.avatarflow.operators.stage.BlockStage;
import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.operators.stage.Placement;
import io.avatarflow.operators.stage.SessionInfo;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.operators.stage.TensorState;
import io.avatarflow.operators.stage.Turn;
import io.avatarflow.operators.tensor.ElementType;
import io.avatarflow.operators.tensor.Tensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Adds log-mel features and loudness to each block.
 *
 * <p>Puts {@code features.mel} [N + L, k * bands] and {@code features.energy} [N + L] into the
 * block: N frames of the block, L frames of look-ahead, k hops a frame, hop-major. Energy is the
 * root mean square of a frame's samples. Canonical state is the samples before the block that its
 * first window reaches back to; derived state is the features of the block before, whose look-ahead
 * is this one's beginning unless the speech was cut off meanwhile.
 */
public final class LogMelStage implements BlockStage {
  /** Name of the features tensor. */
  public static final String MEL = "features.mel";

  /** Name of the loudness tensor. */
  public static final String ENERGY = "features.energy";

  private static final String HISTORY = "history";

  private final LogMel logMel;
  private final int frames;
  private final int frameSamples;
  private final int blockSamples;
  private final int hopsPerFrame;

  /**
   * Prepares the features that a pack asks for.
   *
   * @throws IllegalArgumentException if a video frame does not hold a whole number of hops
   */
  public LogMelStage(PackManifest.Clock clock, PackManifest.Audio audio) {
    this.logMel = new LogMel(audio.logMel(), audio.sampleRate());
    int hop = audio.logMel().hopSamples();
    if (audio.sampleRate() % clock.fps() != 0 || audio.sampleRate() / clock.fps() % hop != 0) {
      throw new IllegalArgumentException(
          "Rate %d at %d frames a second does not give frames of whole hops of %d samples."
              .formatted(audio.sampleRate(), clock.fps(), hop));
    }
    this.frameSamples = audio.sampleRate() / clock.fps();
    this.hopsPerFrame = frameSamples / hop;
    this.frames = clock.framesPerBlock() + audio.lookAheadFrames();
    this.blockSamples = clock.framesPerBlock() * frameSamples;
  }

  @Override
  public String name() {
    return "features";
  }

  @Override
  public Placement placement() {
    return Placement.TASK;
  }

  @Override
  public TensorState initialState(SessionInfo session) {
    return new TensorState(Map.of(HISTORY, Tensor.zeros(ElementType.FLOAT32, logMel.lead())));
  }

  @Override
  public void step(Turn<TensorState> turn) {
    float[] history = turn.state().tensors().get(HISTORY).toFloats();
    float[] samples = turn.block().audio().features();
    if (samples.length != frames * frameSamples) {
      throw new IllegalArgumentException(
          "Block %d has %d samples, features of %d frames take %d."
              .formatted(turn.block().index(), samples.length, frames, frames * frameSamples));
    }
    float[] all = Arrays.copyOf(history, history.length + samples.length);
    System.arraycopy(samples, 0, all, history.length, samples.length);
    float[] newHistory = Arrays.copyOfRange(all, blockSamples, blockSamples + history.length);
    turn.done(
        new TensorState(
            Map.of(HISTORY, Tensor.ofFloats(new int[] {newHistory.length}, newHistory))),
        List.of(new SessionRecord.Block(withFeatures(turn, all, samples))));
  }

  private MediaBlock withFeatures(Turn<TensorState> turn, float[] all, float[] samples) {
    MediaBlock block = turn.block();
    float[] mel = mel(turn, all);
    float[] energy = new float[frames];
    for (int frame = 0; frame < frames; frame++) {
      energy[frame] = rms(samples, frame * frameSamples, frameSamples);
    }
    Map<String, Tensor> tensors = new HashMap<>(block.tensors());
    tensors.put(MEL, Tensor.ofFloats(new int[] {frames, hopsPerFrame * logMel.bands()}, mel));
    tensors.put(ENERGY, Tensor.ofFloats(new int[] {frames}, energy));
    return block.withTensors(tensors);
  }

  private float[] mel(Turn<TensorState> turn, float[] all) {
    float[] mel = new float[frames * hopsPerFrame * logMel.bands()];
    int known = 0;
    if (turn.derived().orElse(null) instanceof Before before && before.goesOn(all, blockSamples)) {
      int passed = blockSamples / frameSamples * hopsPerFrame * logMel.bands();
      known = mel.length - passed;
      System.arraycopy(before.mel(), passed, mel, 0, known);
    }
    logMel.computeFrom(known / logMel.bands(), all, mel);
    turn.keepDerived(new Before(all, mel));
    return mel;
  }

  /** The samples of the block before, with their lead and look-ahead, and their features. */
  private record Before(float[] samples, float[] mel) implements AutoCloseable {
    boolean goesOn(float[] next, int shift) {
      return Arrays.equals(samples, shift, samples.length, next, 0, next.length - shift);
    }

    @Override
    public void close() {}
  }

  private static float rms(float[] samples, int from, int count) {
    double sum = 0;
    for (int i = from; i < from + count; i++) {
      sum += (double) samples[i] * samples[i];
    }
    return (float) Math.sqrt(sum / count);
  }
}
