package io.avatarflow.jobs.client;

import io.avatarflow.schemas.SessionOutput;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What of the records of many sessions a viewer is to see: every frame once and in order, whatever
 * was restored meanwhile. The rules are {@link StreamCursor}'s.
 *
 * <p>A session that closed is remembered for a while, because a restore may make its end again; the
 * oldest of {@value #CLOSED_SESSIONS} is forgotten. Not thread-safe.
 */
public final class DistinctSessions {
  private static final int CLOSED_SESSIONS = 10_000;

  private final Map<String, StreamCursor> cursors = new LinkedHashMap<>();
  private int closed;

  /**
   * A record that is to be used.
   *
   * @param show false for a frame that only feeds the decoder
   */
  public record Taken(SessionOutput output, boolean show) {}

  /** Takes the next record of any session; empty when it is not to be used. */
  public Optional<Taken> take(SessionOutput output) {
    return switch (accept(output)) {
      case TAKE -> Optional.of(new Taken(output, true));
      case DECODE_ONLY -> Optional.of(new Taken(output, false));
      default -> Optional.empty();
    };
  }

  private StreamCursor.Verdict accept(SessionOutput output) {
    StreamCursor cursor =
        cursors.computeIfAbsent(output.getSessionKey(), key -> new StreamCursor());
    boolean before = cursor.closed();
    StreamCursor.Verdict verdict = cursor.accept(output);
    if (!before && cursor.closed() && ++closed > CLOSED_SESSIONS) {
      forgetOldestClosed();
    }
    return verdict;
  }

  private void forgetOldestClosed() {
    cursors.values().stream()
        .filter(StreamCursor::closed)
        .findFirst()
        .ifPresent(
            oldest -> {
              cursors.values().remove(oldest);
              closed--;
            });
  }

  /** Where a session's stream stands; empty for one that is not known. */
  public Optional<StreamCursor> cursor(String sessionKey) {
    return Optional.ofNullable(cursors.get(sessionKey));
  }
}
