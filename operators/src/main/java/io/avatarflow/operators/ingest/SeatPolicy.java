package io.avatarflow.operators.ingest;

import java.time.Duration;
import java.util.Collection;
import java.util.Optional;

/**
 * Decides how many sessions run at a time: a session opens only with a seat, and keeps it to its
 * end.
 *
 * <p>Calls come from several threads, for one session one after another; any may be repeated.
 */
public interface SeatPolicy {
  /** Has a seat for everybody. */
  SeatPolicy UNLIMITED = sessionKey -> Optional.empty();

  /**
   * Why a session gets no seat.
   *
   * @param reason a short lower-case word for programs, for the event REFUSED
   * @param detail one sentence: what, the value, the limit, what to do
   * @param retryAfter when asking again may help
   */
  record Refusal(String reason, String detail, Duration retryAfter) {}

  /** Takes a seat for a session that wants to open, or says why there is none. */
  Optional<Refusal> admit(String sessionKey);

  /**
   * Whether a session that asks now would be admitted; takes nothing, and another one may be
   * quicker.
   */
  default boolean hasSeat(String sessionKey) {
    return true;
  }

  /** Frees the seat of a session, if it has one. */
  default void ended(String sessionKey) {}

  /** Takes seats for sessions that came back after a restore; they are not refused. */
  default void restored(Collection<String> sessionKeys) {}
}
