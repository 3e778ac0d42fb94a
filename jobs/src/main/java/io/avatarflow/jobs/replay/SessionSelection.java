package io.avatarflow.jobs.replay;

import io.avatarflow.schemas.MalformedRecordException;
import io.avatarflow.schemas.RecordCodec;
import io.avatarflow.schemas.SessionOpen;
import java.time.Instant;
import java.util.Optional;

/**
 * Which sessions of a topic or a recording are meant: those that were opened in a span of time, by
 * key or tenant.
 *
 * @param from opened then or later; empty for no limit
 * @param to opened before then; empty for no limit
 * @param session the key, {@code tenant/session}
 * @param tenant the tenant
 */
public record SessionSelection(
    Optional<Instant> from,
    Optional<Instant> to,
    Optional<String> session,
    Optional<String> tenant) {
  /** Every session. */
  public static final SessionSelection ALL =
      new SessionSelection(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

  /**
   * Checks the span.
   *
   * @throws IllegalArgumentException if it is empty
   */
  public SessionSelection {
    if (from.isPresent() && to.isPresent() && !from.get().isBefore(to.get())) {
      throw new IllegalArgumentException(
          "The time range from %s to %s is empty; let it end after it begins."
              .formatted(from.get(), to.get()));
    }
  }

  /** True when an input record opens a session; what cannot be read was rejected by the job too. */
  static boolean opens(byte[] input) {
    try {
      return RecordCodec.input().decode(input).getBody() instanceof SessionOpen;
    } catch (MalformedRecordException e) {
      return false;
    }
  }

  /** True when it matters when a session was opened. */
  boolean hasTime() {
    return from.isPresent() || to.isPresent();
  }

  /** True when a session of this key that was opened at this time is meant. */
  boolean contains(String key, Instant opened) {
    return from.map(t -> !opened.isBefore(t)).orElse(true)
        && to.map(opened::isBefore).orElse(true)
        && contains(key);
  }

  /** True when a session of this key is meant, if it was opened in time. */
  boolean contains(String key) {
    return session.map(key::equals).orElse(true)
        && tenant.map(t -> key.startsWith(t + "/")).orElse(true);
  }
}
