package io.avatarflow.operators.ingest;

import java.io.Serializable;
import java.time.Duration;

/**
 * When a session that is silent rests: behind the end of its speech it moves for a while, and then
 * by turns it rests and moves. Follows from how long it has been silent alone.
 *
 * @param moving for how long it moves at a time
 * @param resting for how long it rests, zero for never
 */
public record IdleRest(Duration moving, Duration resting) implements Serializable {
  private static final Duration LONGEST = Duration.ofHours(1);

  /** Movement for a seventh of the time: a blink or a look, and stillness until the next. */
  public static final IdleRest DEFAULT =
      new IdleRest(Duration.ofMillis(640), Duration.ofMillis(3600));

  /** A silent session moves all the time. */
  public static final IdleRest NEVER = new IdleRest(DEFAULT.moving, Duration.ZERO);

  /** Turns of movement behind the end of speech before the first rest: the mouth is to close. */
  private static final int SETTLING = 2;

  /**
   * Checks the durations.
   *
   * @throws IllegalArgumentException if one is negative or longer than an hour
   */
  public IdleRest {
    if (moving.isNegative()
        || resting.isNegative()
        || moving.compareTo(LONGEST) > 0
        || resting.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "A silent session moves for %s and rests for %s; give 0 s to %s for each."
              .formatted(moving, resting, LONGEST));
    }
  }

  /**
   * Whether a block is one of rest.
   *
   * @param silentMicros media without speech directly before it
   */
  boolean isDue(long silentMicros) {
    long moves = moving.toNanos() / 1000;
    long rests = resting.toNanos() / 1000;
    long turn = silentMicros - SETTLING * moves;
    return turn >= 0 && rests > 0 && turn % (moves + rests) < rests;
  }
}
