package io.avatarflow.operators.diffusion;

/**
 * Euler's method on the probability-flow equation, with the angle of signal and noise as the
 * variable.
 *
 * <p>The flow is Song et al., "Score-Based Generative Modeling through Stochastic Differential
 * Equations", 2021, equation 13. With {@code phi = atan2(sigma, alpha)} it reads {@code dx / dphi =
 * v}, {@code v = alpha eps - sigma x_0} (Salimans and Ho 2022, appendix D), which is regular at
 * both ends. In {@code sigma / alpha} Euler's method would be DDIM again (Song et al. 2021, DDIM,
 * section 4.3). First order; it goes along the tangent where DDIM turns, so it wants more steps.
 */
final class EulerSampler implements DiffusionSampler {
  @Override
  public String name() {
    return "euler";
  }

  @Override
  public SamplerUpdate between(TimeGrid grid, int i) {
    double step = grid.angle(i + 1) - grid.angle(i);
    // v = (alpha x - x_0) / sigma, because alpha^2 + sigma^2 = 1.
    return SamplerUpdate.of(1 + step * grid.alpha(i) / grid.sigma(i), -step / grid.sigma(i), 0, 0);
  }
}
