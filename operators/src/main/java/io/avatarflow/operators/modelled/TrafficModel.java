package io.avatarflow.operators.modelled;

import java.time.Duration;

/**
 * The sessions of one device, as random processes.
 *
 * <p>A session begins at a random moment, its blocks follow each other at their period. It speaks
 * and is silent in turns, for exponentially distributed times. One that ends is replaced at once.
 *
 * <p>As in real-time pacing, block k is released when its audio is there, and is due a budget after
 * the moment at which live audio is complete: {@code open + (k + 1) x period + look-ahead +
 * budget}. The look-ahead moves release and deadline alike, so it is left out here.
 *
 * @param sessions at the same time, 0 or more
 * @param speechShare share of a session's time in which it speaks, 0 to 1
 * @param talk mean length of an utterance; unused when the share is 0 or 1
 * @param sessionLength mean length of a session, exponentially distributed; zero for endless ones
 * @param period time between blocks of a session
 * @param budget time that a block may take from its audio's nominal end to its last picture
 * @param jitter mean of the exponentially distributed lateness of a block's audio; zero for none
 * @param maxBuffer blocks of a session that may be released and unfinished; more are skipped, and
 *     count as late
 */
public record TrafficModel(
    int sessions,
    double speechShare,
    Duration talk,
    Duration sessionLength,
    Duration period,
    Duration budget,
    Duration jitter,
    int maxBuffer) {
  public TrafficModel {
    if (sessions < 0 || sessions > 1_000_000) {
      throw new IllegalArgumentException(
          "Traffic of %d sessions cannot be modelled; give 0 to 1000000.".formatted(sessions));
    }
    if (!(speechShare >= 0 && speechShare <= 1)) {
      throw new IllegalArgumentException(
          "A speech share of %s is not possible; give 0 to 1.".formatted(speechShare));
    }
    require("mean utterance", talk, Duration.ofMillis(1));
    require("mean session", sessionLength, Duration.ZERO);
    require("block period", period, Duration.ofMillis(1));
    require("budget of a block", budget, Duration.ofMillis(1));
    require("jitter", jitter, Duration.ZERO);
    if (maxBuffer < 1) {
      throw new IllegalArgumentException(
          "A buffer of %d blocks holds none; give 1 or more.".formatted(maxBuffer));
    }
  }

  private static void require(String what, Duration value, Duration least) {
    if (value.compareTo(least) < 0 || value.compareTo(Duration.ofDays(365)) > 0) {
      throw new IllegalArgumentException(
          "A %s of %s is not possible; give %s to 365 days.".formatted(what, value, least));
    }
  }

  /**
   * Live sessions that speak all the time and never end: blocks of 80 ms, due when the next one's
   * audio is complete, 5 ms of jitter, at most a second in line.
   */
  public static TrafficModel speaking(int sessions) {
    return new TrafficModel(
        sessions,
        1,
        Duration.ofSeconds(6),
        Duration.ZERO,
        Duration.ofMillis(80),
        Duration.ofMillis(80),
        Duration.ofMillis(5),
        12);
  }

  /** The same traffic of another number of sessions. */
  public TrafficModel of(int count) {
    return new TrafficModel(
        count, speechShare, talk, sessionLength, period, budget, jitter, maxBuffer);
  }

  /** The same traffic of sessions that speak for a share of their time. */
  public TrafficModel withSpeechShare(double share) {
    return new TrafficModel(
        sessions, share, talk, sessionLength, period, budget, jitter, maxBuffer);
  }

  /** The same traffic of sessions that end and are replaced. */
  public TrafficModel withSessionLength(Duration mean) {
    return new TrafficModel(sessions, speechShare, talk, mean, period, budget, jitter, maxBuffer);
  }

  /** The same traffic with other blocks. */
  public TrafficModel withBlocks(Duration newPeriod, Duration newBudget) {
    return new TrafficModel(
        sessions, speechShare, talk, sessionLength, newPeriod, newBudget, jitter, maxBuffer);
  }
}
