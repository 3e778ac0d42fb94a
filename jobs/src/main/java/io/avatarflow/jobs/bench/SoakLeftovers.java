package io.avatarflow.jobs.bench;

import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What sessions leave behind: the process and the job's state before the first opened, against the
 * same once the last has closed.
 *
 * <p>At both moments nobody speaks and nothing is under way, so that even one small object or one
 * entry of state for each session can be told from none. Objects are counted of the engine's
 * classes, because caches of the libraries fill up meanwhile, and none of the benches'.
 */
record SoakLeftovers(Optional<Map<String, Long>> objects, long stateBytes) {
  /** An entry of keyed state is longer: its key alone has more. */
  private static final long ENTRY_BYTES = 16;

  /** Classes of the soak itself, which keeps its samples to the end. */
  private static final String BENCH = SoakLeftovers.class.getPackageName() + ".";

  /** Objects of one class that a run may leave for other reasons than its sessions. */
  private static final long OTHER_OBJECTS = 50;

  /**
   * The class of which more objects were left than of any other.
   *
   * @param count how many more than before
   */
  record Kind(String name, long count) {}

  /** What is there now beyond what was there before; empty where objects cannot be counted. */
  Optional<Kind> mostSince(SoakLeftovers before) {
    return objects.map(
        now ->
            now.entrySet().stream()
                .filter(entry -> !entry.getKey().contains(BENCH))
                .map(
                    entry ->
                        new Kind(
                            entry.getKey(),
                            entry.getValue()
                                - before
                                    .objects()
                                    .orElse(Map.of())
                                    .getOrDefault(entry.getKey(), 0L)))
                .max(Comparator.comparingLong(Kind::count))
                .orElse(new Kind("", 0)));
  }

  /** By how many bytes the state is larger. */
  long stateSince(SoakLeftovers before) {
    return stateBytes - before.stateBytes();
  }

  /** Half a sentence about state that one entry for each session would explain. */
  Optional<String> stateFault(SoakLeftovers before, long sessions) {
    long left = stateSince(before);
    return left < ENTRY_BYTES * Math.max(1, sessions)
        ? Optional.empty()
        : Optional.of("%d closed sessions left %d bytes of state".formatted(sessions, left));
  }

  /** Half a sentence about objects of one class, at least one for every second session. */
  Optional<String> objectFault(SoakLeftovers before, long sessions) {
    return mostSince(before)
        .filter(kind -> kind.count() > Math.max(OTHER_OBJECTS, sessions / 2))
        .map(
            kind ->
                String.format(
                    Locale.ROOT,
                    "%d closed sessions left %d objects of %s",
                    sessions,
                    kind.count(),
                    kind.name()));
  }
}
