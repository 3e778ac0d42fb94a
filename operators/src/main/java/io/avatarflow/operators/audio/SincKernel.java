package io.avatarflow.operators.audio;

/**
 * A low-pass of a Kaiser-windowed sine cardinal, tabulated finely and read by linear interpolation
 * (J. O. Smith, "Digital Audio Resampling", section "Implementation"; J. F. Kaiser, 1974, for the
 * window).
 *
 * <p>Its transition band ends at the Nyquist frequency, where it attenuates by about 80 dB;
 * interpolation errs by less than -100 dB. One unit of distance is one sample of the lower of the
 * two rates.
 */
final class SincKernel {
  /** Distance at which the kernel ends. */
  static final int REACH = 32;

  private static final int STEPS = 512;
  private static final double CUTOFF = 0.92;
  private static final double BETA = 8.0;
  private static final double[] TABLE = table();

  private SincKernel() {}

  private static double[] table() {
    double[] table = new double[REACH * STEPS + 2];
    for (int i = 0; i < REACH * STEPS; i++) {
      double x = (double) i / STEPS;
      double inside = 1 - (x / REACH) * (x / REACH);
      table[i] = CUTOFF * sinc(CUTOFF * x) * besselI0(BETA * Math.sqrt(inside)) / besselI0(BETA);
    }
    return table;
  }

  private static double sinc(double x) {
    return x == 0 ? 1 : StrictMath.sin(Math.PI * x) / (Math.PI * x);
  }

  /** Modified Bessel function of the first kind, order 0, by its power series. */
  private static double besselI0(double x) {
    double term = 1;
    double sum = 1;
    for (int k = 1; term > sum * 1e-17; k++) {
      term *= (x / (2 * k)) * (x / (2 * k));
      sum += term;
    }
    return sum;
  }

  /** The kernel at a distance of 0 or more. */
  static double at(double distance) {
    if (distance >= REACH) {
      return 0;
    }
    double place = distance * STEPS;
    int index = (int) place;
    double low = TABLE[index];
    return low + (place - index) * (TABLE[index + 1] - low);
  }
}
