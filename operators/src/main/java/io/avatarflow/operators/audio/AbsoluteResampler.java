package io.avatarflow.operators.audio;

import java.math.BigInteger;

/**
 * Changes the sample rate of a signal by evaluating its band-limited interpolation at absolute
 * positions: output sample j stands at input position {@code j * inputRate / outputRate}.
 *
 * <p>There is no filter state. An output sample depends on its position and on the input samples
 * around it alone, so the bytes are the same however a stream is cut. Equal rates pass samples
 * through unchanged. Immutable and safe for use by any thread.
 */
public final class AbsoluteResampler {
  /** Rates whose ratio needs more phases compute the weights of each sample anew. */
  private static final int MAX_PHASES = 640;

  /** With more phases, too few samples of a block share one for {@link PhaseSums} to pay. */
  private static final int MAX_SHARED_PHASES = 16;

  private final int inputRate;
  private final int outputRate;
  private final double scale;
  private final int reach;
  private final int divisor;
  private final double[][] phases;

  /**
   * @param inputRate samples per second, 1 to 48000
   * @param outputRate samples per second, 1 to 48000
   */
  public AbsoluteResampler(int inputRate, int outputRate) {
    check(inputRate);
    check(outputRate);
    this.inputRate = inputRate;
    this.outputRate = outputRate;
    this.scale = Math.min(1.0, (double) outputRate / inputRate);
    this.reach = inputRate == outputRate ? 0 : (int) Math.ceil(SincKernel.REACH / scale);
    this.divisor = BigInteger.valueOf(inputRate).gcd(BigInteger.valueOf(outputRate)).intValue();
    this.phases = reach == 0 ? new double[0][] : phases();
  }

  private double[][] phases() {
    int count = outputRate / divisor;
    double[][] all = new double[count > MAX_PHASES ? 0 : count][];
    for (int phase = 0; phase < all.length; phase++) {
      all[phase] = weights(phase);
    }
    return all;
  }

  /** Weights of the input samples {@code -reach} to {@code reach} around a position. */
  private double[] weights(int phase) {
    double fraction = (double) phase * divisor / outputRate;
    double[] weights = new double[2 * reach + 1];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = scale * SincKernel.at(Math.abs(i - reach - fraction) * scale);
    }
    return weights;
  }

  private static void check(int rate) {
    if (rate < 1 || rate > 48_000) {
      throw new IllegalArgumentException("Sample rate %d is not in 1 to 48000 Hz.".formatted(rate));
    }
  }

  /** Output samples that lie within so many input samples. */
  public long outputLength(long inputLength) {
    return ceilDiv(Math.multiplyExact(inputLength, outputRate), inputRate);
  }

  /** The first input sample that outputs from {@code output} on depend on; may be negative. */
  public long firstInput(long output) {
    return Math.floorDiv(Math.multiplyExact(output, inputRate), outputRate) - reach;
  }

  /** Just behind the last input sample that outputs below {@code outputEnd} depend on. */
  public long endInput(long outputEnd) {
    return Math.floorDiv(Math.multiplyExact(outputEnd - 1, inputRate), outputRate) + reach + 1;
  }

  /**
   * Computes successive output samples, clipped to [-1, 1].
   *
   * @param input the signal, zero outside of it
   * @param firstOutput position of the first output sample
   * @param count how many
   */
  public float[] resample(AudioSpan input, long firstOutput, int count) {
    long place = Math.multiplyExact(firstOutput, inputRate);
    float[] output = new float[count];
    if (reach > 0 && phases.length > 0 && phases.length <= MAX_SHARED_PHASES) {
      resampleByPhase(input, place, output);
    } else {
      resampleInOrder(input, place, output);
    }
    return output;
  }

  /** Sample by sample; {@code place} is the first one's position times both rates. */
  private void resampleInOrder(AudioSpan input, long place, float[] output) {
    long before = Math.floorDiv(place, outputRate);
    int remainder = Math.floorMod(place, outputRate);
    for (int i = 0; i < output.length; i++) {
      output[i] =
          clipped(reach == 0 ? input.at(before) : interpolate(input, before, remainder / divisor));
      remainder += inputRate;
      while (remainder >= outputRate) {
        remainder -= outputRate;
        before++;
      }
    }
  }

  /** All samples of a phase at once: they share their weights. */
  private void resampleByPhase(AudioSpan input, long place, float[] output) {
    int stride = inputRate / divisor;
    long from = Math.floorDiv(place, outputRate) - reach;
    long last = Math.floorDiv(place + (output.length - 1L) * inputRate, outputRate);
    PhaseSums sums = new PhaseSums(input, from, (int) (last - from) + reach + 1, stride);
    for (int first = 0; first < Math.min(phases.length, output.length); first++) {
      long firstPlace = place + (long) first * inputRate;
      int phase = Math.floorMod(firstPlace, outputRate) / divisor;
      int start = (int) (Math.floorDiv(firstPlace, outputRate) - reach - from);
      int count = (output.length - first + phases.length - 1) / phases.length;
      double[] values = sums.of(phases[phase], start, count);
      for (int i = 0; i < count; i++) {
        output[first + i * phases.length] = clipped(values[i]);
      }
    }
  }

  private static float clipped(double value) {
    return (float) Math.max(-1.0, Math.min(1.0, value));
  }

  private double interpolate(AudioSpan input, long before, int phase) {
    double[] weights = phase < phases.length ? phases[phase] : weights(phase);
    long from = before - reach;
    long to = from + weights.length;
    if (from >= input.firstSample() && to <= input.end()) {
      return dot(weights, input.samples(), input.offset() + (int) (from - input.firstSample()));
    }
    float[] padded = new float[weights.length];
    for (long at = Math.max(from, input.firstSample()); at < Math.min(to, input.end()); at++) {
      padded[(int) (at - from)] = input.at(at);
    }
    return dot(weights, padded, 0);
  }

  /** Four sums, because a processor adds to one of them while it waits for the others. */
  private static double dot(double[] weights, float[] samples, int from) {
    double a = 0;
    double b = 0;
    double c = 0;
    double d = 0;
    int i = 0;
    for (; i + 3 < weights.length; i += 4) {
      a += weights[i] * samples[from + i];
      b += weights[i + 1] * samples[from + i + 1];
      c += weights[i + 2] * samples[from + i + 2];
      d += weights[i + 3] * samples[from + i + 3];
    }
    for (; i < weights.length; i++) {
      a += weights[i] * samples[from + i];
    }
    return (a + b) + (c + d);
  }

  private static long ceilDiv(long a, long b) {
    return -Math.floorDiv(-a, b);
  }
}
