package io.avatarflow.operators.host;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.concurrent.ScheduledFuture;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.runtime.tasks.ProcessingTimeService;

/**
 * When which stage of which session wants to be woken: at most one wake-up for each.
 *
 * <p>A wake-up follows from the canonical state, so it is kept in memory alone and asked for again
 * after a restore. Flink's keyed timers ({@link InternalTimerService}) would put a second copy of
 * the same fact into every checkpoint, where it could disagree with the state, and would have to be
 * deleted and registered anew for every chunk of audio. Here a wake-up that moves later, which is
 * what activity does, costs one lookup and one store: it stays in line where it was, and is put
 * back when its turn comes. Flink holds one timer, for the head of the line.
 *
 * <p>Mailbox thread only; Flink runs the timer there too.
 */
final class WakeUps implements AutoCloseable {
  /**
   * No wake-up before this much time after a restore. What was sent during an outage still waits at
   * the source then, and sessions would expire for a silence that was not theirs.
   */
  static final Duration RESTORE_GRACE = Duration.ofSeconds(10);

  private static final Comparator<Entry> BY_TIME =
      Comparator.<Entry>comparingLong(entry -> entry.inLineAt)
          .thenComparing(entry -> entry.place.sessionKey())
          .thenComparingInt(entry -> entry.place.stage());

  private final ProcessingTimeService time;
  private final Target target;
  private final Map<Place, Entry> entries = new HashMap<>();
  private final TreeSet<Entry> line = new TreeSet<>(BY_TIME);
  private long earliestMicros = Long.MIN_VALUE;
  private long armedMillis = Long.MAX_VALUE;
  private ScheduledFuture<?> armed;

  /** Who is told. */
  @FunctionalInterface
  interface Target {
    /** A wake-up is due; it is no longer kept. */
    void wake(String sessionKey, int stage, long nowMicros) throws Exception;
  }

  private record Place(String sessionKey, int stage) {}

  /** A wake-up; stands in line at its time or before it. */
  private static final class Entry {
    private final Place place;
    private long wanted;
    private long inLineAt;

    private Entry(Place place) {
      this.place = place;
    }
  }

  WakeUps(ProcessingTimeService time, Target target) {
    this.time = time;
    this.target = target;
  }

  /** The host's clock, microseconds since the epoch. */
  long nowMicros() {
    return time.getCurrentProcessingTime() * 1000;
  }

  /** Begins the time after a restore in which nothing is due. */
  void restored() {
    earliestMicros = nowMicros() + RESTORE_GRACE.toNanos() / 1000;
  }

  /**
   * Replaces what a stage wanted for a session before.
   *
   * @param keepsTime whether the wake-up keeps the time of media, and is not held back after a
   *     restore
   */
  void want(String sessionKey, int stage, OptionalLong wakeAtMicros, boolean keepsTime) {
    Place place = new Place(sessionKey, stage);
    if (wakeAtMicros.isEmpty()) {
      drop(place);
      return;
    }
    long wanted = wakeAtMicros.getAsLong();
    long at = keepsTime ? wanted : Math.max(wanted, earliestMicros);
    Entry entry = entries.get(place);
    if (entry == null) {
      entry = new Entry(place);
      entries.put(place, entry);
      putInLine(entry, at);
    } else if (at < entry.inLineAt) {
      line.remove(entry);
      putInLine(entry, at);
    }
    entry.wanted = at;
    arm();
  }

  /** Forgets what a stage wanted for a session. */
  void drop(String sessionKey, int stage) {
    drop(new Place(sessionKey, stage));
  }

  private void drop(Place place) {
    Entry entry = entries.remove(place);
    if (entry != null) {
      line.remove(entry);
    }
  }

  /** Number of wake-ups that are kept. */
  int size() {
    return entries.size();
  }

  private void putInLine(Entry entry, long at) {
    entry.inLineAt = at;
    line.add(entry);
  }

  /** Has Flink call for the head of the line; a timer that is early finds that out itself. */
  private void arm() {
    if (line.isEmpty()) {
      return;
    }
    // Rounded up, and never for now: a timer must find its wake-up due, and not inside this call.
    long millis =
        Math.max(
            -Math.floorDiv(-line.first().inLineAt, 1000L), time.getCurrentProcessingTime() + 1);
    if (millis < armedMillis) {
      disarm();
      armedMillis = millis;
      armed = time.registerTimer(millis, timestamp -> fire());
    }
  }

  private void disarm() {
    armedMillis = Long.MAX_VALUE;
    if (armed != null) {
      armed.cancel(false);
      armed = null;
    }
  }

  private void fire() throws Exception {
    armedMillis = Long.MAX_VALUE;
    armed = null;
    long now = nowMicros();
    List<Place> due = new ArrayList<>();
    while (!line.isEmpty() && line.first().inLineAt <= now) {
      Entry entry = line.pollFirst();
      if (entry.wanted > now) {
        putInLine(entry, entry.wanted);
      } else {
        entries.remove(entry.place);
        due.add(entry.place);
      }
    }
    arm();
    for (Place place : due) {
      target.wake(place.sessionKey(), place.stage(), now);
    }
  }

  @Override
  public void close() {
    disarm();
    entries.clear();
    line.clear();
  }
}
