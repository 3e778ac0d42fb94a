package io.avatarflow.operators.ingest;

import java.io.Serializable;
import java.time.Duration;

/**
 * Limits of ingest.
 *
 * @param maxBuffer most media that a session may send ahead of what was released; chunks beyond are
 *     rejected
 * @param reorderWindow how much media beyond a gap must have come before the gap counts as missing,
 *     at most {@code maxBuffer}
 * @param openWait most media that waits for a SessionOpen that has not come
 * @param idleTimeout a session without input for so long expires; zero for never, which is what a
 *     replay wants, because a pause of the replay is none of the session
 * @param maxDuration longest media of a session
 * @param pacing when blocks are released
 * @param takesBack whether an interrupt takes back what was released and is on its way; a replay
 *     does not, because how far blocks are on their way is no part of a recording
 */
public record IngestOptions(
    Duration maxBuffer,
    Duration reorderWindow,
    Duration openWait,
    Duration idleTimeout,
    Duration maxDuration,
    PacingOptions pacing,
    boolean takesBack)
    implements Serializable {
  private static final Duration MOST_BUFFER = Duration.ofMinutes(10);
  private static final Duration LONGEST = Duration.ofDays(30);

  /** The limits unless others are configured. */
  public static final IngestOptions DEFAULT =
      new IngestOptions(
          Duration.ofSeconds(20),
          Duration.ofSeconds(2),
          Duration.ofSeconds(2),
          Duration.ofSeconds(60),
          Duration.ofHours(4),
          PacingOptions.ASAP,
          true);

  /**
   * Checks the limits.
   *
   * @throws IllegalArgumentException if one is out of range
   */
  public IngestOptions {
    require("Max buffer", maxBuffer, Duration.ofMillis(1), MOST_BUFFER);
    require("Reorder window", reorderWindow, Duration.ZERO, maxBuffer);
    require("Open wait", openWait, Duration.ZERO, maxBuffer);
    require("Idle timeout", idleTimeout, Duration.ZERO, LONGEST);
    require("Max duration", maxDuration, Duration.ofMillis(1), LONGEST);
  }

  /** Other limits; windows that a smaller buffer has no room for shrink with it. */
  public IngestOptions with(Duration buffer, Duration idle, Duration duration) {
    return new IngestOptions(
        buffer,
        shorter(reorderWindow, buffer),
        shorter(openWait, buffer),
        idle,
        duration,
        pacing,
        takesBack);
  }

  /** The same limits, paced otherwise. */
  public IngestOptions with(PacingOptions otherPacing) {
    return new IngestOptions(
        maxBuffer, reorderWindow, openWait, idleTimeout, maxDuration, otherPacing, takesBack);
  }

  /** The same limits for recorded input: what was released is made, whatever comes behind it. */
  public IngestOptions ofRecording() {
    return new IngestOptions(
        maxBuffer, reorderWindow, openWait, idleTimeout, maxDuration, pacing, false);
  }

  private static Duration shorter(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  private static void require(String name, Duration value, Duration least, Duration most) {
    if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      throw new IllegalArgumentException(
          "%s is %s; give a duration in %s to %s.".formatted(name, value, least, most));
    }
  }

  /** Samples of a duration at a rate, rounded down. */
  static long samples(Duration duration, int rate) {
    return duration.toMillis() * rate / 1000;
  }
}
