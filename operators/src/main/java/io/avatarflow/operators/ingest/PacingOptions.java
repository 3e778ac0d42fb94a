package io.avatarflow.operators.ingest;

import java.io.Serializable;
import java.time.Duration;

/**
 * When blocks are released.
 *
 * @param mode by the clock or by the data alone
 * @param lead how long before its media begins a block may be released when its audio is there
 * @param grace how long beyond the moment at which live audio would be complete a block waits for
 *     audio that is late
 * @param budget how much later than that moment a block's frames may leave the engine and still be
 *     on time
 */
public record PacingOptions(Mode mode, Duration lead, Duration grace, Duration budget)
    implements Serializable {
  private static final Duration LONGEST = Duration.ofSeconds(10);

  /** What tells time. */
  public enum Mode {
    /** A block leaves when its audio is complete; nothing is ever late. */
    ASAP,
    /** A block leaves when its turn on the media clock has come; what is missing is filled. */
    REALTIME
  }

  /** As soon as possible. */
  public static final PacingOptions ASAP =
      new PacingOptions(
          Mode.ASAP, Duration.ofMillis(80), Duration.ofMillis(60), Duration.ofMillis(200));

  /**
   * Checks the durations.
   *
   * @throws IllegalArgumentException if one is out of range
   */
  public PacingOptions {
    require("Pacing lead", lead);
    require("Pacing grace", grace);
    require("Pacing budget", budget);
  }

  private static void require(String name, Duration value) {
    if (value.isNegative() || value.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "%s is %s; give a duration in PT0S to %s.".formatted(name, value, LONGEST));
    }
  }

  /** The same durations by the clock. */
  public PacingOptions realtime() {
    return new PacingOptions(Mode.REALTIME, lead, grace, budget);
  }
}
