package io.avatarflow.operators.ingest;

/**
 * How a session's media lies in time, and what its pacing remembers from block to block.
 *
 * @param openMicros when the session opened, microseconds since the epoch
 * @param shiftMicros by how much its media is later than if it had played from then on without a
 *     halt; grows with halts, and shrinks by what a live session leaves out
 * @param speaking speech began and its end was not told
 * @param closing the session ends behind the audio that it has
 * @param bufferHigh the input buffer is beyond its upper threshold
 * @param rung rung of the block released last that was not idle
 * @param idleBlocks blocks without audio since the last one that held some
 * @param lag how far behind the clock it is, and what it may do about it
 */
record Pace(
    long openMicros,
    long shiftMicros,
    boolean speaking,
    boolean closing,
    boolean bufferHigh,
    int rung,
    int idleBlocks,
    Lag lag) {

  /** A session that is not open. */
  static final Pace NONE = openedAt(0, false);

  /**
   * How far a session is behind the clock, and what it may do about it.
   *
   * @param live whether it may leave blocks out; one that is not only leaves out silence
   * @param behindMicros how much of the shift is left of halts, and not of pauses that were asked
   *     for; 0 unless live
   * @param debtMicros how much later than it could be the audio plays that waits, because of halts;
   *     worked off in silence
   * @param anchorMicros when input sample 0 of the epoch would have come by the clock of a producer
   *     that neither drifts nor bursts; {@link #NO_ANCHOR} before any audio
   * @param saidMicros when input sample 0 of the epoch was produced by the producer's own clock, as
   *     far as it can be told from the first chunk; {@link #NO_ANCHOR} before any audio
   * @param paced whether the producer speaks second for second, so that what waits is late
   */
  record Lag(
      boolean live,
      long behindMicros,
      long debtMicros,
      long anchorMicros,
      long saidMicros,
      boolean paced) {
    /** No audio of the epoch came. */
    static final long NO_ANCHOR = Long.MIN_VALUE;

    /** A session that just opened. */
    static Lag none(boolean live) {
      return new Lag(live, 0, 0, NO_ANCHOR, NO_ANCHOR, false);
    }

    Lag newEpoch() {
      return new Lag(live, behindMicros, 0, NO_ANCHOR, NO_ANCHOR, false);
    }

    Lag behind(long micros) {
      return new Lag(live, live ? micros : 0, debtMicros, anchorMicros, saidMicros, paced);
    }

    Lag owing(long micros) {
      return new Lag(live, behindMicros, micros, anchorMicros, saidMicros, paced);
    }

    Lag paced(boolean now) {
      return new Lag(live, behindMicros, debtMicros, anchorMicros, saidMicros, now);
    }

    /** The first chunk of an epoch came. */
    Lag anchoredAt(long arrivedMicros, long producedMicros) {
      return new Lag(live, behindMicros, debtMicros, arrivedMicros, producedMicros, paced);
    }
  }

  /**
   * A session that just opened.
   *
   * @param live whether it may leave blocks out when it is behind
   */
  static Pace openedAt(long micros, boolean live) {
    return new Pace(micros, 0, false, false, false, 0, 0, Lag.none(live));
  }

  /** Its media goes on so much later because it was asked to wait. */
  Pace shifted(long byMicros) {
    return withShift(shiftMicros + byMicros, lag);
  }

  /** Its media goes on so much later because it could not go on in time. */
  Pace halted(long byMicros) {
    return withShift(shiftMicros + byMicros, lag.behind(lag.behindMicros() + byMicros));
  }

  /** So much of its media was left out. */
  Pace caughtUp(long byMicros) {
    return withShift(
        Math.max(0, shiftMicros - byMicros),
        lag.behind(Math.max(0, lag.behindMicros() - byMicros)));
  }

  private Pace withShift(long micros, Lag newLag) {
    return new Pace(openMicros, micros, speaking, closing, bufferHigh, rung, idleBlocks, newLag);
  }

  Pace with(Lag newLag) {
    return withShift(shiftMicros, newLag);
  }

  Pace speaking(boolean now) {
    return new Pace(openMicros, shiftMicros, now, closing, bufferHigh, rung, idleBlocks, lag);
  }

  /** Nothing of the epoch before matters any more. */
  Pace newEpoch() {
    return speaking(false).with(lag.newEpoch());
  }

  Pace startClosing() {
    return new Pace(openMicros, shiftMicros, speaking, true, bufferHigh, rung, idleBlocks, lag);
  }

  Pace bufferHigh(boolean now) {
    return new Pace(openMicros, shiftMicros, speaking, closing, now, rung, idleBlocks, lag);
  }

  Pace atRung(int now) {
    return new Pace(openMicros, shiftMicros, speaking, closing, bufferHigh, now, idleBlocks, lag);
  }

  /** A block was released. */
  Pace released(boolean idle) {
    int now = idle ? idleBlocks + 1 : 0;
    return new Pace(openMicros, shiftMicros, speaking, closing, bufferHigh, rung, now, lag);
  }
}
