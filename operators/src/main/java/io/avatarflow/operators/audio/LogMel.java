package io.avatarflow.operators.audio;

import io.avatarflow.operators.pack.PackManifest;
import org.apache.commons.math3.transform.DftNormalization;
import org.apache.commons.math3.transform.FastFourierTransformer;
import org.apache.commons.math3.transform.TransformType;

/**
 * Log-mel features of 16 kHz speech or whatever else a pack asks for: periodic Hann window, power
 * spectrum, mel filters, {@code (ln(power + floor) + offset) * scale}.
 *
 * <p>A hop's window ends where the hop ends, so features never look ahead. Immutable and safe for
 * use by any thread.
 */
public final class LogMel {
  private final PackManifest.LogMel spec;
  private final MelFilterBank filters;
  private final double[] window;

  /**
   * Prepares window and filters.
   *
   * @param spec as the pack's manifest gives it
   * @param sampleRate samples per second
   * @throws IllegalArgumentException if the numbers do not fit each other
   */
  public LogMel(PackManifest.LogMel spec, int sampleRate) {
    check(spec, sampleRate);
    this.spec = spec;
    this.filters = new MelFilterBank(spec, sampleRate);
    this.window = new double[spec.windowSamples()];
    for (int n = 0; n < window.length; n++) {
      window[n] = 0.5 - 0.5 * StrictMath.cos(2 * Math.PI * n / window.length);
    }
  }

  private static void check(PackManifest.LogMel spec, int sampleRate) {
    if (spec.hopSamples() < 1 || spec.windowSamples() < spec.hopSamples()) {
      throw new IllegalArgumentException(
          "Log-mel: a window of %d samples and a hop of %d; the window must hold a hop of 1 or more."
              .formatted(spec.windowSamples(), spec.hopSamples()));
    }
    if (spec.fftSize() < spec.windowSamples() || Integer.bitCount(spec.fftSize()) != 1) {
      throw new IllegalArgumentException(
          "Log-mel: FFT size %d; use a power of two that holds the window of %d samples."
              .formatted(spec.fftSize(), spec.windowSamples()));
    }
    if (spec.bands() < 1
        || !(spec.lowHz() >= 0)
        || !(spec.lowHz() < spec.highHz())
        || !(spec.highHz() <= sampleRate / 2.0)) {
      throw new IllegalArgumentException(
          "Log-mel: %d bands from %s to %s Hz; use 1 or more between 0 and half of the rate %d."
              .formatted(spec.bands(), spec.lowHz(), spec.highHz(), sampleRate));
    }
    if (!(spec.floor() > 0)) {
      throw new IllegalArgumentException(
          "Log-mel: floor %s; use one above 0, or silence has no logarithm."
              .formatted(spec.floor()));
    }
  }

  /** Samples before a hop that its window reaches back to. */
  public int lead() {
    return spec.windowSamples() - spec.hopSamples();
  }

  /** Features of one hop. */
  public int bands() {
    return filters.bands();
  }

  /**
   * Computes the features of successive hops.
   *
   * @param samples {@link #lead} samples, then those of the hops, in [-1, 1]
   * @param hops how many
   * @return [hops, bands]
   */
  public float[] compute(float[] samples, int hops) {
    int expected = lead() + hops * spec.hopSamples();
    if (samples.length < expected) {
      throw new IllegalArgumentException(
          "Log-mel of %d hops takes %d samples, but %d were given."
              .formatted(hops, expected, samples.length));
    }
    float[] features = new float[hops * filters.bands()];
    computeFrom(0, samples, features);
    return features;
  }

  /**
   * Computes the features of hops of which the first ones are known.
   *
   * @param firstHop the first that is not
   * @param samples as {@link #compute} takes them
   * @param features [hops, bands], filled up to {@code firstHop}
   */
  void computeFrom(int firstHop, float[] samples, float[] features) {
    double[][] buffer = new double[2][spec.fftSize()];
    double[] power = new double[spec.fftSize() / 2 + 1];
    for (int hop = firstHop; hop < features.length / filters.bands(); hop++) {
      powerSpectrum(samples, hop * spec.hopSamples(), buffer, power);
      for (int band = 0; band < filters.bands(); band++) {
        double log = StrictMath.log(filters.power(band, power) + spec.floor());
        features[hop * filters.bands() + band] = (float) ((log + spec.offset()) * spec.scale());
      }
    }
  }

  private void powerSpectrum(float[] samples, int from, double[][] buffer, double[] power) {
    double[] re = buffer[0];
    double[] im = buffer[1];
    for (int n = 0; n < re.length; n++) {
      re[n] = n < window.length ? window[n] * samples[from + n] : 0;
      im[n] = 0;
    }
    FastFourierTransformer.transformInPlace(
        buffer, DftNormalization.STANDARD, TransformType.FORWARD);
    for (int bin = 0; bin < power.length; bin++) {
      power[bin] = re[bin] * re[bin] + im[bin] * im[bin];
    }
  }
}
