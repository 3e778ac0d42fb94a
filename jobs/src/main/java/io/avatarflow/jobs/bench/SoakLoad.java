package io.avatarflow.jobs.bench;

import java.time.Duration;

/**
 * How much a soak plays and how often it looks.
 *
 * @param pack the model pack
 * @param sessions live at once, 1 or more
 * @param length of the load
 * @param shortestLife of a session that others follow
 * @param longestLife of one
 * @param sampleEvery time between two samples
 * @param collectEvery time between two samples that ask for a garbage collection first
 * @param tellEvery time between two lines of progress
 * @param judgesGrowth whether it is long enough for growth to mean something
 */
public record SoakLoad(
    String pack,
    int sessions,
    Duration length,
    Duration shortestLife,
    Duration longestLife,
    Duration sampleEvery,
    Duration collectEvery,
    Duration tellEvery,
    boolean judgesGrowth) {
  private static final Duration SAMPLE_EVERY = Duration.ofSeconds(10);
  private static final Duration WARM_UP = Duration.ofSeconds(40);
  private static final Duration QUICK_WARM_UP = Duration.ofSeconds(5);
  private static final Duration WARM_LIFE = Duration.ofSeconds(3);

  /** A soak of some minutes. */
  public static SoakLoad of(String pack, int sessions, int minutes) {
    return new SoakLoad(
        pack,
        sessions,
        Duration.ofMinutes(minutes),
        Duration.ofSeconds(20),
        Duration.ofSeconds(60),
        SAMPLE_EVERY,
        // Sixty times, but no more often than sampled: each halts everybody for a while.
        Duration.ofSeconds(Math.max(SAMPLE_EVERY.toSeconds(), minutes)),
        Duration.ofMinutes(1),
        true);
  }

  /** A soak that only shows that it works. */
  public static SoakLoad quick(String pack, int sessions) {
    return new SoakLoad(
        pack,
        Math.min(sessions, 4),
        Duration.ofSeconds(20),
        Duration.ofSeconds(3),
        Duration.ofSeconds(6),
        Duration.ofSeconds(1),
        Duration.ofSeconds(1),
        Duration.ofSeconds(5),
        false);
  }

  /**
   * The same sessions for a moment, to be played before: it fills what the engine keeps for whoever
   * speaks next, which would look like something that sessions leave behind.
   */
  SoakLoad warmUp() {
    return new SoakLoad(
        pack,
        sessions,
        judgesGrowth ? WARM_UP : QUICK_WARM_UP,
        WARM_LIFE,
        WARM_LIFE.multipliedBy(2),
        sampleEvery,
        collectEvery,
        tellEvery,
        judgesGrowth);
  }

  /** True when a sample is the first in another period. */
  boolean isDue(Duration period, long atNanos) {
    return atNanos / period.toNanos() > (atNanos - sampleEvery.toNanos()) / period.toNanos();
  }

  /** Sessions that stay for the whole load. */
  int staying() {
    return (sessions + 1) / 2;
  }
}
