package io.avatarflow.operators.diffusion;

/**
 * The diffusion times of one run of a sampler: from the start time down to 0 in S equal steps, with
 * the schedule's weights at each of them.
 *
 * <p>Point i (0 to S) has time {@code start * (1 - i / S)}; point S is exactly clean. Immutable.
 */
public final class TimeGrid {
  private final double[] time;
  private final double[] alpha;
  private final double[] sigma;

  /**
   * @param schedule the noise schedule
   * @param startTime time of the first point, in (0, 1]
   * @param steps denoiser evaluations, at least 1
   */
  public TimeGrid(NoiseSchedule schedule, double startTime, int steps) {
    if (!(startTime > 0 && startTime <= 1)) {
      throw new IllegalArgumentException(
          "Start time %s is outside (0, 1]; the manifest says where sampling begins."
              .formatted(startTime));
    }
    if (steps < 1) {
      throw new IllegalArgumentException(
          "A sampler cannot run %d steps; ask for 1 or more.".formatted(steps));
    }
    time = new double[steps + 1];
    alpha = new double[steps + 1];
    sigma = new double[steps + 1];
    for (int i = 0; i <= steps; i++) {
      time[i] = startTime * (steps - i) / steps;
      alpha[i] = schedule.alpha(time[i]);
      sigma[i] = schedule.sigma(time[i]);
    }
  }

  /** Number of denoiser evaluations. */
  public int steps() {
    return time.length - 1;
  }

  /** Diffusion time of point i. */
  public double time(int i) {
    return time[i];
  }

  /** Signal weight at point i. */
  public double alpha(int i) {
    return alpha[i];
  }

  /** Noise weight at point i. */
  public double sigma(int i) {
    return sigma[i];
  }

  /** Half the log-SNR at point i, {@code ln(alpha / sigma)}: infinite at the clean point. */
  public double lambda(int i) {
    return StrictMath.log(alpha[i]) - StrictMath.log(sigma[i]);
  }

  /** The angle {@code atan2(sigma, alpha)} at point i, from pi/2 (noise) to 0 (clean). */
  public double angle(int i) {
    return StrictMath.atan2(sigma[i], alpha[i]);
  }
}
