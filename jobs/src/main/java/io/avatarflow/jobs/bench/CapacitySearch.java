package io.avatarflow.jobs.bench;

import java.io.IOException;

/** Finds the largest number of sessions that are carried, by trials that cost time. */
final class CapacitySearch {
  /** Share of the blocks on time that counts as carried. */
  static final double ON_TIME = 0.995;

  private CapacitySearch() {}

  /** Plays so many sessions. */
  @FunctionalInterface
  interface Trial {
    /** Share of their blocks on time. */
    double run(int sessions) throws IOException, InterruptedException;
  }

  /**
   * The largest number that passes, to within a twentieth; 1 when none does. A number that fails is
   * tried once more, because one hiccup of the machine must not end the search.
   *
   * @param start where to begin
   */
  static int largest(Trial trial, int start) throws IOException, InterruptedException {
    int lower = 0;
    int upper = Integer.MAX_VALUE;
    int next = start;
    while (next > lower && next < upper) {
      if (carries(trial, next)) {
        lower = next;
      } else {
        upper = next;
      }
      int step = Math.max(1, lower / 20);
      if (upper == Integer.MAX_VALUE) {
        next = lower + Math.max(1, lower / 5);
      } else if (upper - lower <= step) {
        break;
      } else {
        next = (lower + upper) / 2;
      }
    }
    return Math.max(1, lower);
  }

  private static boolean carries(Trial trial, int sessions)
      throws IOException, InterruptedException {
    for (int run = 0; run < 2; run++) {
      if (trial.run(sessions) >= ON_TIME) {
        return true;
      }
    }
    return false;
  }
}
