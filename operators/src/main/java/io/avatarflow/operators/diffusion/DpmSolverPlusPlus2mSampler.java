package io.avatarflow.operators.diffusion;

/**
 * The two-step solver DPM-Solver++(2M), which extrapolates the predicted clean sample in half the
 * log-SNR.
 *
 * <p>Lu et al., "DPM-Solver++: Fast Solver for Guided Sampling of Diffusion Probabilistic Models",
 * 2022, algorithm 2. Its first step is of first order. Second order.
 */
final class DpmSolverPlusPlus2mSampler implements DiffusionSampler {
  @Override
  public String name() {
    return "dpmpp-2m";
  }

  @Override
  public SamplerUpdate between(TimeGrid grid, int i) {
    double sigmaRatio = grid.sigma(i + 1) / grid.sigma(i);
    // -alpha_s (exp(-h) - 1), written without the exponential so that it holds where alpha is 0.
    double ofX0 = grid.alpha(i + 1) - sigmaRatio * grid.alpha(i);
    if (i == 0) {
      return SamplerUpdate.of(sigmaRatio, ofX0, 0, 0);
    }
    double h = grid.lambda(i + 1) - grid.lambda(i);
    double previousH = grid.lambda(i) - grid.lambda(i - 1);
    double extrapolation = 0.5 * h / previousH;
    return SamplerUpdate.of(sigmaRatio, ofX0 * (1 + extrapolation), -ofX0 * extrapolation, 0);
  }
}
