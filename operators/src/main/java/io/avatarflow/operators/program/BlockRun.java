package io.avatarflow.operators.program;

import io.avatarflow.operators.diffusion.BlockNoise;
import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.operators.stage.SessionInfo;
import io.avatarflow.operators.stage.TensorState;
import io.avatarflow.operators.tensor.Tensor;

/**
 * The scratch of one turn: the program's slots and where the program stands. One thread at a time.
 */
final class BlockRun {
  private final MediaBlock block;
  private final TensorState state;
  private final BlockNoise noise;
  private final Tensor[] slots;
  private int step;
  private SampleProgress sample;
  private String complaint;

  BlockRun(SessionInfo session, MediaBlock block, TensorState state, int slots, int firstStep) {
    this.block = block;
    this.state = state;
    this.noise = BlockNoise.of(session.packDigest(), session.seed());
    this.slots = new Tensor[slots];
    this.step = firstStep;
  }

  MediaBlock block() {
    return block;
  }

  TensorState state() {
    return state;
  }

  BlockNoise noise() {
    return noise;
  }

  Tensor tensor(int slot) {
    return slots[slot];
  }

  void keep(int slot, Tensor tensor) {
    slots[slot] = tensor;
  }

  /** Index of the step that is next. */
  int step() {
    return step;
  }

  void nextStep() {
    step++;
  }

  /** The sampler that is under way, null outside of one. */
  SampleProgress sample() {
    return sample;
  }

  void sample(SampleProgress progress) {
    sample = progress;
  }

  /** Notes what was ignored in the session's parameters. */
  void complain(String sentence) {
    complaint = sentence;
  }

  /** What was ignored, null when nothing was. */
  String complaint() {
    return complaint;
  }
}
