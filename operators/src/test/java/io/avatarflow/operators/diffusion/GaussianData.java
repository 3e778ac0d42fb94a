package io.avatarflow.operators.diffusion;

/**
 * One-dimensional data N(mean, deviation^2), for which denoiser and probability flow are known in
 * closed form.
 *
 * <p>x_t is N(alpha mean, alpha^2 deviation^2 + sigma^2), and the flow keeps the quantile.
 */
record GaussianData(double mean, double deviation) {

  /** E[x_0 | x_t]. */
  double posteriorMean(double x, double alpha, double sigma) {
    double gain = alpha * deviation * deviation / marginalVariance(alpha, sigma);
    return mean + gain * (x - alpha * mean);
  }

  /** The standard deviation of x_0 given x_t. */
  double posteriorDeviation(double alpha, double sigma) {
    return deviation * sigma / Math.sqrt(marginalVariance(alpha, sigma));
  }

  /** Where the probability flow through x_t ends at t = 0. */
  double flowEnd(double x, double alpha, double sigma) {
    return mean + deviation * (x - alpha * mean) / Math.sqrt(marginalVariance(alpha, sigma));
  }

  private double marginalVariance(double alpha, double sigma) {
    return alpha * alpha * deviation * deviation + sigma * sigma;
  }
}
