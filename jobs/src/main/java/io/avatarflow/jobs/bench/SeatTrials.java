package io.avatarflow.jobs.bench;

import io.avatarflow.jobs.bench.CapacitySearch.Held;
import io.avatarflow.jobs.bench.LiveStack.Group;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/**
 * Trials of a live stack under one kind of speech: how many sessions it carries, and how many of
 * them may be promised.
 *
 * <p>What is carried for some seconds on a good moment of the machine is not what can be sold:
 * seats keep a reserve, and have to hold for several times as long.
 */
final class SeatTrials {
  /** In this time all sessions have opened. */
  static final Duration RAMP = Duration.ofSeconds(3);

  /** A certificate is looked at so many times as long as a trial of the search. */
  private static final int LASTING = 4;

  private final LiveStack stack;
  private final String pack;
  private final LiveSpeaker.Habits habits;
  private final Duration window;
  private final Consumer<String> progress;
  private Traffic traffic = new Traffic(0, 0);

  /** Bytes a second that one session puts on the input topic and on the frames topic. */
  record Traffic(long inputBytes, long outputBytes) {
    private static Traffic of(LiveStack.Seen seen, int sessions, Duration window) {
      // Sessions open one by one in the ramp, half of which they miss on average.
      double seconds = sessions * (window.plus(RAMP.dividedBy(2)).toMillis() / 1000.0);
      return new Traffic(
          (long) (seen.inputBytes() / seconds), (long) (seen.outputBytes() / seconds));
    }
  }

  /** Done beside each trial, so that both see the same machine. */
  @FunctionalInterface
  interface Beside {
    void run() throws IOException, InterruptedException;
  }

  /**
   * @param pack that the stack serves, for messages
   * @param habits how the sessions speak
   * @param window length of a trial
   * @param progress told of each trial
   */
  SeatTrials(
      LiveStack stack,
      String pack,
      LiveSpeaker.Habits habits,
      Duration window,
      Consumer<String> progress) {
    this.stack = stack;
    this.pack = pack;
    this.habits = habits;
    this.window = window;
    this.progress = progress;
  }

  /** The traffic of the last trial. */
  Traffic traffic() {
    return traffic;
  }

  /** The largest number that is carried. */
  int largest(int start) throws IOException, InterruptedException {
    return CapacitySearch.largest(count -> run(count, window), Math.max(1, start));
  }

  /** Repeats the trial, with fewer sessions while the median does not pass. */
  Held carried(int found, int runs, Beside beside) throws IOException, InterruptedException {
    return CapacitySearch.holding(
        count -> {
          beside.run();
          return run(count, window);
        },
        found,
        runs);
  }

  /** What may be promised of a number that was carried. */
  Held certified(int carried, double reserve) throws IOException, InterruptedException {
    Duration lasting = window.multipliedBy(LASTING);
    return CapacitySearch.holding(count -> run(count, lasting), less(carried, reserve), 1);
  }

  /** A number without its reserve, 1 at least. */
  static int less(int carried, double reserve) {
    return Math.max(1, (int) (carried * (1 - reserve)));
  }

  private double run(int count, Duration length) throws IOException, InterruptedException {
    LiveStack.Seen seen = stack.play(List.of(Group.of("live", count, habits, RAMP)), RAMP, length);
    traffic = Traffic.of(seen, count, length);
    double share = seen.figures("live").onTime();
    progress.accept(
        "%s: %d sessions for %d s, %.2f %% on time"
            .formatted(pack, count, length.toSeconds(), 100 * share));
    return share;
  }
}
