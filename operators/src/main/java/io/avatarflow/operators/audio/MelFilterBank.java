package io.avatarflow.operators.audio;

import io.avatarflow.operators.pack.PackManifest;
import java.util.Arrays;

/**
 * Triangular filters of height 1 whose edges are equally far apart on the mel scale {@code 2595
 * log10(1 + f / 700)} (D. O'Shaughnessy, Speech Communication, 1987, p. 150).
 *
 * <p>Immutable and safe for use by any thread.
 */
final class MelFilterBank {
  private final int[] firstBin;
  private final double[][] weights;

  /**
   * Lays out the filters.
   *
   * @param spec bands, edges and FFT size
   * @param sampleRate samples per second
   */
  MelFilterBank(PackManifest.LogMel spec, int sampleRate) {
    double[] edges = edges(spec);
    int bins = spec.fftSize() / 2 + 1;
    firstBin = new int[spec.bands()];
    weights = new double[spec.bands()][];
    for (int band = 0; band < spec.bands(); band++) {
      double[] filter = new double[bins];
      int first = bins;
      int end = 0;
      for (int bin = 0; bin < bins; bin++) {
        double hz = (double) bin * sampleRate / spec.fftSize();
        double rising = (hz - edges[band]) / (edges[band + 1] - edges[band]);
        double falling = (edges[band + 2] - hz) / (edges[band + 2] - edges[band + 1]);
        filter[bin] = Math.max(0, Math.min(rising, falling));
        if (filter[bin] > 0) {
          first = Math.min(first, bin);
          end = bin + 1;
        }
      }
      firstBin[band] = Math.min(first, end);
      weights[band] = Arrays.copyOfRange(filter, firstBin[band], end);
    }
  }

  private static double[] edges(PackManifest.LogMel spec) {
    double low = mel(spec.lowHz());
    double high = mel(spec.highHz());
    double[] edges = new double[spec.bands() + 2];
    for (int i = 0; i < edges.length; i++) {
      double mel = low + (high - low) * i / (edges.length - 1);
      edges[i] = 700 * (StrictMath.pow(10, mel / 2595) - 1);
    }
    return edges;
  }

  private static double mel(double hz) {
    return 2595 * StrictMath.log10(1 + hz / 700);
  }

  int bands() {
    return weights.length;
  }

  /** The power that one filter lets through. */
  double power(int band, double[] spectrum) {
    double[] filter = weights[band];
    double sum = 0;
    for (int i = 0; i < filter.length; i++) {
      sum += filter[i] * spectrum[firstBin[band] + i];
    }
    return sum;
  }
}
