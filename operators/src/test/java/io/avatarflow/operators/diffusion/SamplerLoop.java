package io.avatarflow.operators.diffusion;

import java.util.Random;

/** The plain denoising loop over independent numbers, as a caller of a sampler writes it. */
final class SamplerLoop {
  /** A denoiser of one number. */
  interface Denoiser {
    double x0(double x, double alpha, double sigma);
  }

  private SamplerLoop() {}

  /** Runs the sampler in place. */
  static void run(
      DiffusionSampler sampler, TimeGrid grid, Denoiser denoiser, float[] x, Random random) {
    float[] previous = new float[x.length];
    float[] noise = new float[x.length];
    for (int i = 0; i < grid.steps(); i++) {
      float[] x0 = new float[x.length];
      for (int k = 0; k < x.length; k++) {
        x0[k] = (float) denoiser.x0(x[k], grid.alpha(i), grid.sigma(i));
        noise[k] = (float) random.nextGaussian();
      }
      sampler.update(grid, i).apply(x, x0, previous, noise);
      previous = x0;
    }
  }
}
