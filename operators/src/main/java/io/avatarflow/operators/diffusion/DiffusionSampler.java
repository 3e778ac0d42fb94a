package io.avatarflow.operators.diffusion;

/**
 * How a sample moves from one diffusion time to the next, given the clean sample that the denoiser
 * predicts.
 *
 * <p>A sampler holds no state: it answers each step with a {@link SamplerUpdate}, and whoever runs
 * the loop keeps the sample and the prediction of the step before. The last step gives the
 * predicted clean sample itself, whatever the method. Safe for use by several threads.
 */
public sealed interface DiffusionSampler
    permits DdpmSampler, DdimSampler, EulerSampler, DpmSolverPlusPlus2mSampler, LcmSampler {

  /** The spelling in manifests and session parameters. */
  String name();

  /**
   * The update from point i to point i + 1 of the grid; both have sigma greater than 0.
   *
   * @param grid the run's times
   * @param i the point that the sample is at, 0 to {@code grid.steps() - 2}
   */
  SamplerUpdate between(TimeGrid grid, int i);

  /** The update of step i, 0 to {@code grid.steps() - 1}. */
  default SamplerUpdate update(TimeGrid grid, int i) {
    return i == grid.steps() - 1 ? SamplerUpdate.TAKE_X0 : between(grid, i);
  }
}
