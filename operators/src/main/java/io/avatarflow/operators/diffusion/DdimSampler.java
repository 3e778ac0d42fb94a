package io.avatarflow.operators.diffusion;

/**
 * Deterministic implicit sampling: keeps the noise that the prediction implies and lowers its
 * weight.
 *
 * <p>Song et al., "Denoising Diffusion Implicit Models", 2021, equation 12 with eta = 0. First
 * order.
 */
final class DdimSampler implements DiffusionSampler {
  @Override
  public String name() {
    return "ddim";
  }

  @Override
  public SamplerUpdate between(TimeGrid grid, int i) {
    double sigmaRatio = grid.sigma(i + 1) / grid.sigma(i);
    return SamplerUpdate.of(sigmaRatio, grid.alpha(i + 1) - sigmaRatio * grid.alpha(i), 0, 0);
  }
}
