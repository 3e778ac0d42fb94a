package io.avatarflow.operators.diffusion;

/**
 * Ancestral sampling: draws from the bridge q(x_s | x_t, x_0).
 *
 * <p>Ho et al., "Denoising Diffusion Probabilistic Models", 2020, equations 6 and 7, in the
 * continuous-time form of Kingma et al., "Variational Diffusion Models", 2021, appendix A.2
 * (posterior of the forward process).
 */
final class DdpmSampler implements DiffusionSampler {
  @Override
  public String name() {
    return "ddpm";
  }

  @Override
  public SamplerUpdate between(TimeGrid grid, int i) {
    double alphaRatio = grid.alpha(i) / grid.alpha(i + 1);
    double varianceT = grid.sigma(i) * grid.sigma(i);
    double varianceS = grid.sigma(i + 1) * grid.sigma(i + 1);
    double varianceStep = varianceT - alphaRatio * alphaRatio * varianceS;
    return SamplerUpdate.of(
        alphaRatio * varianceS / varianceT,
        grid.alpha(i + 1) * varianceStep / varianceT,
        0,
        Math.sqrt(varianceStep * varianceS / varianceT));
  }
}
