package io.avatarflow.operators.ingest;

import java.util.Arrays;

/**
 * Successive samples of one channel and where they stand.
 *
 * @param start input sample of the epoch
 * @param samples in [-1, 1]; not written to
 */
record AudioRun(long start, float[] samples) {
  /** Position just behind the last sample. */
  long end() {
    return start + samples.length;
  }

  /** The part from one position to another, both within the run. */
  AudioRun part(long from, long to) {
    if (from == start && to == end()) {
      return this;
    }
    return new AudioRun(
        from, Arrays.copyOfRange(samples, (int) (from - start), (int) (to - start)));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof AudioRun run
        && run.start == start
        && Arrays.equals(run.samples, samples);
  }

  @Override
  public int hashCode() {
    return 31 * Long.hashCode(start) + Arrays.hashCode(samples);
  }

  @Override
  public String toString() {
    return "AudioRun[" + start + " to " + end() + ")";
  }
}
