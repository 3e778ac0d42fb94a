package io.avatarflow.operators.ingest;

import java.time.Duration;

/**
 * When sessions without input expire.
 *
 * @param timeout how long after the last input; zero for never
 * @param earliestMicros no session expires before, microseconds since the epoch
 */
record Expiry(Duration timeout, long earliestMicros) {
  /**
   * No expiry before this much time after a restore. What was sent during an outage still waits at
   * the source then, and sessions would expire for a silence that was not theirs.
   */
  static final Duration RESTORE_GRACE = Duration.ofSeconds(10);

  /** When a session expires unless input comes; {@code Long.MAX_VALUE} for never. */
  long of(IngestState state) {
    return state.isKnown() ? of(state.lastInputMicros()) : Long.MAX_VALUE;
  }

  /** The same for a session whose last input came at a time; 0 for none, of which nothing dies. */
  long of(long lastInputMicros) {
    return timeout.isZero() || lastInputMicros == 0
        ? Long.MAX_VALUE
        : Math.max(lastInputMicros + timeout.toNanos() / 1000, earliestMicros);
  }
}
