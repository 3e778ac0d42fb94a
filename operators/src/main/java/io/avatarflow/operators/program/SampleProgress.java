package io.avatarflow.operators.program;

import io.avatarflow.operators.diffusion.DiffusionSampler;
import io.avatarflow.operators.diffusion.TimeGrid;

/** A sampler between two of its steps: the noisy sample and the prediction before. */
final class SampleProgress {
  final TimeGrid grid;
  final DiffusionSampler sampler;

  /** x_t, replaced in every step. */
  final float[] sample;

  /** Noise, warp or the unconditional prediction, whatever the moment needs. */
  final float[] scratch;

  /** Receives the prediction; after a step it is {@link #previousX0}. */
  float[] x0;

  float[] previousX0;

  /** Index of the next evaluation. */
  int index;

  SampleProgress(TimeGrid grid, DiffusionSampler sampler, int size) {
    this.grid = grid;
    this.sampler = sampler;
    this.sample = new float[size];
    this.scratch = new float[size];
    this.x0 = new float[size];
    this.previousX0 = new float[size];
  }

  void swap() {
    float[] older = previousX0;
    previousX0 = x0;
    x0 = older;
  }
}
