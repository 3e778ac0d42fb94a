package io.avatarflow.jobs.bench;

import io.avatarflow.operators.modelled.DeviceProfile;
import io.avatarflow.operators.modelled.Disciplines;
import io.avatarflow.operators.modelled.LatencyCurve;
import io.avatarflow.operators.modelled.SeatSearch;
import io.avatarflow.operators.modelled.TrafficModel;
import io.avatarflow.operators.pack.ExecutionProvider;
import io.avatarflow.operators.pack.ModelPack;
import io.avatarflow.operators.pack.OnnxOptions;
import io.avatarflow.operators.pack.PackSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * What batches across sessions are worth: on modelled devices under a virtual clock, and what
 * batches of the bundled packs cost on this machine.
 *
 * <p>The modelled load is live sessions that speak all the time: blocks of 80 ms with two denoising
 * steps, as the bundled packs have by default, due when the audio of the next block is complete. It
 * is searched how many of them a device carries with 99.5 % of their blocks on time.
 *
 * <ul>
 *   <li>{@code modelled.vs_fifo}: against one thread for each session and a device that takes one
 *       step at a time; the better of two orders counts.
 *   <li>{@code modelled.vs_window}: against batching of requests, as servers in front of a model do
 *       it: what comes within a window goes through all steps of its blocks together. The best
 *       window of a sweep counts.
 *   <li>{@code modelled.vs_step_window}: against a window batcher that, like the engine, batches
 *       steps instead of blocks. What is left of the gain is the order and the missing wait.
 * </ul>
 */
public final class BatchingBench {
  /** The accelerator of the comparison: 9 ms that all rows share, and 1.15 ms a row. */
  static final LatencyCurve ACCELERATOR = LatencyCurve.affine(9, 1.15);

  /** A device that gains nothing by batches. */
  static final LatencyCurve FLAT = LatencyCurve.flat(4);

  private static final int MAX_ROWS = 32;
  private static final List<Integer> SIZES = List.of(1, 2, 4, 8, 16);

  private final Consumer<String> progress;

  /**
   * How much is simulated and measured.
   *
   * @param seeds of each comparison, 1 or more
   * @param trial virtual time of each trial of a search
   * @param hour virtual time of the fleet
   * @param runs timings of each batch size
   */
  public record Effort(int seeds, Duration trial, Duration hour, int runs) {
    /** Enough for figures. */
    public static Effort full(int seeds) {
      return new Effort(seeds, Duration.ofMinutes(2), Duration.ofHours(1), 31);
    }

    /** That it works, not how much. */
    public static final Effort QUICK =
        new Effort(1, Duration.ofSeconds(20), Duration.ofMinutes(1), 3);
  }

  /**
   * @param progress told of each part
   */
  public BatchingBench(Consumer<String> progress) {
    this.progress = progress;
  }

  /** The comparisons on modelled devices. */
  public List<BenchResult.Line> modelled(Effort effort) {
    List<BenchResult.Line> lines = new ArrayList<>();
    TrafficModel traffic = TrafficModel.speaking(1);
    progress.accept("modelled accelerator, 2 steps in 80 ms");
    ModelledComparison two =
        ModelledComparison.run(
            DeviceProfile.of("accelerator", 2, MAX_ROWS, ACCELERATOR),
            traffic,
            effort.trial,
            effort.seeds);
    lines.add(two.versusFifo("modelled.vs_fifo"));
    lines.add(two.versusWindow("modelled.vs_window"));
    lines.add(two.versusStepWindow("modelled.vs_step_window"));
    lines.add(two.engine("modelled.engine_seats"));
    lines.add(two.fifo("modelled.fifo_seats"));
    lines.add(two.window("modelled.window_seats"));
    lines.add(two.bestWindow("modelled.window_best_ms"));
    progress.accept("modelled accelerator, 4 steps in 160 ms");
    Duration long4 = Duration.ofMillis(160);
    ModelledComparison four =
        ModelledComparison.run(
            DeviceProfile.of("accelerator", 4, MAX_ROWS, ACCELERATOR),
            traffic.withBlocks(long4, long4),
            effort.trial,
            effort.seeds);
    lines.add(four.versusFifo("modelled.four_steps_vs_fifo"));
    lines.add(four.versusWindow("modelled.four_steps_vs_window"));
    progress.accept("modelled device with a flat curve");
    ModelledComparison flat =
        ModelledComparison.run(
            DeviceProfile.of("flat", 2, MAX_ROWS, FLAT), traffic, effort.trial, effort.seeds);
    lines.add(flat.versusFifo("modelled.flat_vs_fifo"));
    lines.add(flat.engine("modelled.flat_engine_seats"));
    return lines;
  }

  /** A fleet of 32 modelled devices with 1,000 sessions that talk and listen, come and go. */
  public List<BenchResult.Line> hour(Effort effort) {
    progress.accept("1,000 sessions on 32 modelled devices");
    TrafficModel traffic =
        TrafficModel.speaking(1).withSpeechShare(0.35).withSessionLength(Duration.ofMinutes(5));
    DeviceProfile device = DeviceProfile.of("accelerator", 2, 0, MAX_ROWS, ACCELERATOR);
    ModelledHour hour = ModelledHour.run(device, traffic, 1000, 32, effort.hour);
    if (hour.peakQueue() > hour.queueLimit()) {
      throw new IllegalStateException(
          "A modelled device had %d blocks in its care, its buffers allow %d."
              .formatted(hour.peakQueue(), hour.queueLimit()));
    }
    return List.of(
        line("modelled.hour_real_s", "s", hour.realSeconds()),
        line("modelled.hour_on_time", "share", hour.onTime()),
        line("modelled.hour_peak_queue", "blocks", hour.peakQueue()),
        line("modelled.hour_heap_mb", "MiB", hour.heapMegabytes()),
        line("modelled.hour_heap_growth_mb", "MiB", hour.heapGrowthMegabytes()));
  }

  /**
   * Times the batches of a pack on a device of this machine.
   *
   * @param device {@code cpu} or {@code cuda:N}
   * @param profiles folder that the curve is written into as a device profile; null for none
   */
  public List<BenchResult.Line> pack(String name, String device, Effort effort, Path profiles)
      throws IOException {
    progress.accept("batches of pack %s on %s".formatted(name, device));
    OnnxOptions options = new OnnxOptions(ExecutionProvider.named(device), 1);
    try (ModelPack pack = ModelPack.load(PackSource.of(name), options)) {
      String own = pack.manifest().name();
      List<PackCurve> curves = new ArrayList<>();
      for (int i = 0; i < effort.seeds; i++) {
        curves.add(PackCurve.measure(pack, SIZES, effort.runs));
      }
      List<BenchResult.Line> lines = new ArrayList<>();
      for (int size : curves.get(0).sizes()) {
        lines.add(
            BenchResult.Line.of(
                "batching.%s.b%d_ms".formatted(own, size),
                "ms",
                curves.stream().map(curve -> curve.blockMillis(size)).toList()));
      }
      if (profiles != null) {
        Files.createDirectories(profiles);
        curves.get(curves.size() - 1).profile().write(profiles.resolve(own + ".device.json"));
      }
      return lines;
    }
  }

  /** Seats of a device profile that was measured elsewhere, for the same traffic. */
  public List<BenchResult.Line> profile(DeviceProfile profile, Effort effort) {
    progress.accept("seats of " + profile.name());
    SeatSearch search =
        new SeatSearch(profile, TrafficModel.speaking(1), ModelledComparison.ON_TIME, effort.trial);
    List<Double> seats = new ArrayList<>();
    for (int seed = 1; seed <= effort.seeds; seed++) {
      seats.add((double) search.seats(Disciplines.engine(), seed));
    }
    return List.of(BenchResult.Line.of("modelled.profile_seats", "sessions", seats));
  }

  private static BenchResult.Line line(String measure, String unit, double value) {
    return BenchResult.Line.of(measure, unit, List.of(value));
  }
}
