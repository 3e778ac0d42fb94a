package io.avatarflow.jobs.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

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
   * A number of sessions that was tried again and again.
   *
   * @param onTime share of their blocks on time, of each trial
   */
  record Held(int sessions, List<Double> onTime) {
    Held {
      onTime = List.copyOf(onTime);
    }

    double median() {
      return BenchResult.Line.of("", "", onTime).value();
    }
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

  /**
   * Repeats the trial of a number, with fewer sessions while the median does not pass; 1 need not
   * pass.
   *
   * @param runs trials of each number
   */
  static Held holding(Trial trial, int start, int runs) throws IOException, InterruptedException {
    for (int sessions = start; ; sessions -= Math.max(1, sessions / 20)) {
      List<Double> shares = new ArrayList<>();
      for (int run = 0; run < runs; run++) {
        shares.add(trial.run(sessions));
      }
      Held held = new Held(sessions, shares);
      if (sessions <= 1 || held.median() >= ON_TIME) {
        return held;
      }
    }
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
