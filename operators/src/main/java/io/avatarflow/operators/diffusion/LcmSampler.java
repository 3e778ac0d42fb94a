package io.avatarflow.operators.diffusion;

/**
 * Multistep consistency sampling: noises the predicted clean sample anew for the next time.
 *
 * <p>Luo et al., "Latent Consistency Models", 2023, algorithm 3, after Song et al., "Consistency
 * Models", 2023, algorithm 1. Exact for a denoiser that predicts where the probability flow ends.
 */
final class LcmSampler implements DiffusionSampler {
  @Override
  public String name() {
    return "lcm";
  }

  @Override
  public SamplerUpdate between(TimeGrid grid, int i) {
    return SamplerUpdate.of(0, grid.alpha(i + 1), 0, grid.sigma(i + 1));
  }
}
