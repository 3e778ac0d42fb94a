package io.avatarflow.jobs.bench;

import io.avatarflow.operators.modelled.DeviceProfile;
import io.avatarflow.operators.modelled.Discipline;
import io.avatarflow.operators.modelled.Disciplines;
import io.avatarflow.operators.modelled.SeatSearch;
import io.avatarflow.operators.modelled.TrafficModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * How many sessions a modelled device carries under the engine's discipline and under others, each
 * over several seeds.
 *
 * <p>Every other discipline gets its best: of one-thread-per-session the better order, of window
 * batching the best window of the sweep, for each seed anew.
 */
final class ModelledComparison {
  /** Share of blocks that must be on time. */
  static final double ON_TIME = 0.995;

  /** Milliseconds; 0 runs at once what is there. */
  private static final List<Integer> WINDOWS = List.of(0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48);

  private final List<Double> engine = new ArrayList<>();
  private final List<Double> fifo = new ArrayList<>();
  private final List<Double> window = new ArrayList<>();
  private final List<Double> bestWindow = new ArrayList<>();
  private final List<Double> stepWindow = new ArrayList<>();

  private ModelledComparison() {}

  /** Searches the seats of all disciplines. */
  static ModelledComparison run(
      DeviceProfile device, TrafficModel traffic, Duration time, int seeds) {
    ModelledComparison comparison = new ModelledComparison();
    SeatSearch search = new SeatSearch(device, traffic, ON_TIME, time);
    for (int seed = 1; seed <= seeds; seed++) {
      comparison.engine.add((double) search.seats(Disciplines.engine(), seed));
      comparison.fifo.add(
          (double)
              Math.max(
                  search.seats(Disciplines.fifoBySteps(), seed),
                  search.seats(Disciplines.fifoByBlocks(), seed)));
      int best = bestWindow(search, Disciplines::windowByBlocks, seed);
      comparison.bestWindow.add((double) best);
      comparison.window.add(
          (double) search.seats(Disciplines.windowByBlocks(Duration.ofMillis(best)), seed));
      best = bestWindow(search, Disciplines::windowBySteps, seed);
      comparison.stepWindow.add(
          (double) search.seats(Disciplines.windowBySteps(Duration.ofMillis(best)), seed));
    }
    return comparison;
  }

  private static int bestWindow(
      SeatSearch search, Function<Duration, Discipline> discipline, int seed) {
    int best = 0;
    int most = -1;
    for (int millis : WINDOWS) {
      int seats = search.seats(discipline.apply(Duration.ofMillis(millis)), seed);
      if (seats > most) {
        most = seats;
        best = millis;
      }
    }
    return best;
  }

  /** Seats under the engine's discipline. */
  BenchResult.Line engine(String measure) {
    return BenchResult.Line.of(measure, "sessions", engine);
  }

  /** Seats with a thread for each session and batches of one. */
  BenchResult.Line fifo(String measure) {
    return BenchResult.Line.of(measure, "sessions", fifo);
  }

  /** Seats with the best window in front of whole blocks. */
  BenchResult.Line window(String measure) {
    return BenchResult.Line.of(measure, "sessions", window);
  }

  /** That window. */
  BenchResult.Line bestWindow(String measure) {
    return BenchResult.Line.of(measure, "ms", bestWindow);
  }

  BenchResult.Line versusFifo(String measure) {
    return ratio(measure, fifo);
  }

  BenchResult.Line versusWindow(String measure) {
    return ratio(measure, window);
  }

  BenchResult.Line versusStepWindow(String measure) {
    return ratio(measure, stepWindow);
  }

  private BenchResult.Line ratio(String measure, List<Double> other) {
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < engine.size(); i++) {
      if (other.get(i) == 0) {
        throw new IllegalStateException(
            "The discipline that %s compares with carries 0 sessions; take a faster device."
                .formatted(measure));
      }
      ratios.add(engine.get(i) / other.get(i));
    }
    return BenchResult.Line.of(measure, "ratio", ratios);
  }
}
