package io.avatarflow.operators.audio;

/**
 * A stretch of a one-channel signal that is silent before and behind it; a view, not a copy.
 *
 * @param samples in [-1, 1]; not written to
 * @param offset index of the stretch's first sample in {@code samples}
 * @param length samples of the stretch
 * @param firstSample position of the stretch's first sample in the signal
 */
public record AudioSpan(float[] samples, int offset, int length, long firstSample) {
  public AudioSpan {
    if (offset < 0 || length < 0 || offset > samples.length - length) {
      throw new IllegalArgumentException(
          "A span of %d samples from %d does not lie within %d samples."
              .formatted(length, offset, samples.length));
    }
  }

  /** A whole signal. */
  public static AudioSpan of(float... samples) {
    return new AudioSpan(samples, 0, samples.length, 0);
  }

  /** Position just behind the last sample. */
  public long end() {
    return firstSample + length;
  }

  /** The sample at a position, 0 outside of the stretch. */
  public float at(long position) {
    long index = position - firstSample;
    return index < 0 || index >= length ? 0f : samples[offset + (int) index];
  }
}
