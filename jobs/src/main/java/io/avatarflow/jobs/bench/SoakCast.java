package io.avatarflow.jobs.bench;

import io.avatarflow.jobs.bench.LiveSpeaker.Habits;
import io.avatarflow.schemas.SessionKey;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Who speaks in a soak: half of the sessions stay, in each of the other places one session follows
 * the other for the whole run.
 *
 * <p>Talking sessions, sessions that are barged in on, and listeners take turns. How long one lives
 * follows from its number. A speaker is made when its time comes and is not remembered. One thread
 * at a time.
 */
final class SoakCast {
  private static final List<Habits> HABITS =
      List.of(Habits.TALKING, Habits.BARGED_IN, Habits.LISTENING);

  /** Between two openings at the beginning, which otherwise would all be one moment's work. */
  private static final Duration APART = Duration.ofMillis(100);

  /** How long a place is empty. */
  private static final Duration BETWEEN = Duration.ofMillis(200);

  private final BenchSessions sessions;
  private final SoakLoad load;
  private final String run;
  private final long startNanos;
  private final long endNanos;
  private final Expecting expecting;
  private int next;

  /** Is told of a session before it opens. */
  @FunctionalInterface
  interface Expecting {
    /**
     * A session is to come.
     *
     * @param openMicros when it opens, microseconds since the epoch
     * @param closeMicros when it closes
     */
    void session(SessionKey key, long openMicros, long closeMicros);
  }

  /**
   * @param run distinguishes the keys of its sessions
   * @param startNanos when the first opens, by {@link System#nanoTime}
   */
  SoakCast(
      BenchSessions sessions, SoakLoad load, String run, long startNanos, Expecting expecting) {
    this.sessions = sessions;
    this.load = load;
    this.run = run;
    this.startNanos = startNanos;
    this.endNanos = startNanos + load.length().toNanos();
    this.expecting = expecting;
  }

  /** Those that begin. */
  List<LiveSpeaker> first() {
    List<LiveSpeaker> speakers = new ArrayList<>();
    for (int i = 0; i < load.sessions(); i++) {
      long opens = startNanos + i * APART.toNanos();
      long closes = i < load.staying() ? endNanos : Math.min(endNanos, opens + life(next));
      speakers.add(speaker(opens, closes));
    }
    return speakers;
  }

  /** Who takes the place of a session that closed; empty when too little time is left. */
  Optional<LiveSpeaker> follow(LiveSpeaker closed) {
    long opens = closed.dueNanos() + BETWEEN.toNanos();
    return endNanos - opens < load.shortestLife().toNanos()
        ? Optional.empty()
        : Optional.of(speaker(opens, Math.min(endNanos, opens + life(next))));
  }

  /** Lives are spread over their range by a step that is no divisor of it. */
  private long life(int number) {
    long range = load.longestLife().minus(load.shortestLife()).toMillis() + 1;
    return load.shortestLife().plusMillis(number * 7919L % range).toNanos();
  }

  private LiveSpeaker speaker(long opens, long closes) {
    int number = next++;
    SessionKey key = BenchSessions.key(run, number);
    expecting.session(key, micros(opens), micros(closes));
    Habits habits = HABITS.get(number % HABITS.size());
    return new LiveSpeaker(number, key, sessions, habits, opens, closes);
  }

  private static long micros(long nanos) {
    return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now())
        + (nanos - System.nanoTime()) / 1000;
  }
}
