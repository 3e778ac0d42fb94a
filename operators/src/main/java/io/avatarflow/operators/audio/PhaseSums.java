package io.avatarflow.operators.audio;

/**
 * Weighted sums of a stretch of a signal at positions that lie a fixed stride apart.
 *
 * <p>The signal is kept in as many tracks as the stride is long, so that the samples which one
 * weight meets lie side by side, and a processor sums several positions at once. The order in which
 * a sum adds its terms follows from the number of weights alone, so its bits do not depend on where
 * it stands among the others. One thread.
 */
final class PhaseSums {
  private final double[][] tracks;

  /**
   * @param input the signal, zero outside of its span
   * @param from position of the stretch's first sample
   * @param length samples of the stretch
   * @param stride from one position to the next
   */
  PhaseSums(AudioSpan input, long from, int length, int stride) {
    tracks = new double[stride][(length + stride - 1) / stride];
    for (int i = 0; i < length; i++) {
      tracks[i % stride][i / stride] = input.at(from + i);
    }
  }

  /**
   * Sums {@code weights[i] * signal[start + k * stride + i]} for each k.
   *
   * @param start place in the stretch
   * @param count how many sums
   */
  double[] of(double[] weights, int start, int count) {
    double[] sums = new double[count];
    int i = 0;
    for (; i + 3 < weights.length; i += 4) {
      addFour(weights, i, start + i, sums);
    }
    for (; i < weights.length; i++) {
      int from = place(start + i);
      double[] track = track(start + i);
      for (int k = 0; k < sums.length; k++) {
        sums[k] += weights[i] * track[from + k];
      }
    }
    return sums;
  }

  /** Four weights a pass, because the sums are read and written as often as there are passes. */
  private void addFour(double[] weights, int first, int start, double[] sums) {
    double weight0 = weights[first];
    double weight1 = weights[first + 1];
    double weight2 = weights[first + 2];
    double weight3 = weights[first + 3];
    double[] track0 = track(start);
    double[] track1 = track(start + 1);
    double[] track2 = track(start + 2);
    double[] track3 = track(start + 3);
    int from0 = place(start);
    int from1 = place(start + 1);
    int from2 = place(start + 2);
    int from3 = place(start + 3);
    for (int k = 0; k < sums.length; k++) {
      sums[k] +=
          (weight0 * track0[from0 + k] + weight1 * track1[from1 + k])
              + (weight2 * track2[from2 + k] + weight3 * track3[from3 + k]);
    }
  }

  private double[] track(int sample) {
    return tracks[sample % tracks.length];
  }

  private int place(int sample) {
    return sample / tracks.length;
  }
}
