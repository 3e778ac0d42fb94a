package io.avatarflow.operators.ingest;

import java.io.Serializable;
import java.time.Duration;

/**
 * When quality goes down and up.
 *
 * @param enabled whether blocks are made with less under overload at all
 * @param overloadSlack time before its deadline that a block should be finished by; when many have
 *     less, quality goes down
 * @param recoverySlack time before their deadlines that nearly all blocks must be finished by for
 *     quality to go up, more than {@code overloadSlack}
 * @param recoveryTime for how long they must
 */
public record LadderOptions(
    boolean enabled, Duration overloadSlack, Duration recoverySlack, Duration recoveryTime)
    implements Serializable {
  /** The thresholds unless others are configured. */
  public static final LadderOptions DEFAULT =
      new LadderOptions(true, Duration.ofMillis(80), Duration.ofMillis(140), Duration.ofSeconds(5));

  /** Full quality whatever the load. */
  public static final LadderOptions OFF =
      new LadderOptions(false, DEFAULT.overloadSlack, DEFAULT.recoverySlack, DEFAULT.recoveryTime);

  /**
   * Checks the thresholds.
   *
   * @throws IllegalArgumentException if they do not leave a gap in which quality stays
   */
  public LadderOptions {
    if (overloadSlack.isNegative()
        || recoverySlack.compareTo(overloadSlack) <= 0
        || recoverySlack.compareTo(Duration.ofSeconds(10)) > 0) {
      throw new IllegalArgumentException(
          "The ladder goes down below %s of slack and up above %s; give 0 s or more, and for the way up more than for the way down, at most 10 s."
              .formatted(overloadSlack, recoverySlack));
    }
    if (recoveryTime.compareTo(Duration.ofMillis(100)) < 0
        || recoveryTime.compareTo(Duration.ofHours(1)) > 0) {
      throw new IllegalArgumentException(
          "The ladder's recovery time is %s; give 100 ms to 1 h.".formatted(recoveryTime));
    }
  }
}
