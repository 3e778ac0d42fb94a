package io.avatarflow.operators.ingest;

/**
 * How a session's media lies in time, and what its pacing remembers from block to block.
 *
 * @param openMicros when the session opened, microseconds since the epoch
 * @param shiftMicros by how much its media is later than if it had played from then on without a
 *     halt; only grows
 * @param speaking speech began and its end was not told
 * @param closing the session ends behind the audio that it has
 * @param bufferHigh the input buffer is beyond its upper threshold
 * @param rung rung of the block released last
 * @param debtMicros how much later than it could be the audio plays that waits, because of halts;
 *     worked off in silence
 * @param anchorMicros when input sample 0 of the epoch would have come by the clock of a producer
 *     that neither drifts nor bursts; {@link #NO_ANCHOR} before any audio
 */
record Pace(
    long openMicros,
    long shiftMicros,
    boolean speaking,
    boolean closing,
    boolean bufferHigh,
    int rung,
    long debtMicros,
    long anchorMicros) {
  /** No audio of the epoch came. */
  static final long NO_ANCHOR = Long.MIN_VALUE;

  /** A session that is not open. */
  static final Pace NONE = openedAt(0);

  /** A session that just opened. */
  static Pace openedAt(long micros) {
    return new Pace(micros, 0, false, false, false, 0, 0, NO_ANCHOR);
  }

  Pace shifted(long byMicros) {
    return new Pace(
        openMicros,
        shiftMicros + byMicros,
        speaking,
        closing,
        bufferHigh,
        rung,
        debtMicros,
        anchorMicros);
  }

  Pace speaking(boolean now) {
    return new Pace(
        openMicros, shiftMicros, now, closing, bufferHigh, rung, debtMicros, anchorMicros);
  }

  /** Nothing of the epoch before matters any more. */
  Pace newEpoch() {
    return new Pace(openMicros, shiftMicros, false, closing, bufferHigh, rung, 0, NO_ANCHOR);
  }

  Pace startClosing() {
    return new Pace(
        openMicros, shiftMicros, speaking, true, bufferHigh, rung, debtMicros, anchorMicros);
  }

  Pace bufferHigh(boolean now) {
    return new Pace(
        openMicros, shiftMicros, speaking, closing, now, rung, debtMicros, anchorMicros);
  }

  Pace atRung(int now) {
    return new Pace(
        openMicros, shiftMicros, speaking, closing, bufferHigh, now, debtMicros, anchorMicros);
  }

  Pace owing(long micros) {
    return new Pace(
        openMicros, shiftMicros, speaking, closing, bufferHigh, rung, micros, anchorMicros);
  }

  Pace anchoredAt(long micros) {
    return new Pace(
        openMicros, shiftMicros, speaking, closing, bufferHigh, rung, debtMicros, micros);
  }
}
