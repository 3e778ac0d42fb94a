package io.avatarflow.jobs.bench;

import io.avatarflow.operators.pack.ModelPack;
import io.avatarflow.operators.proof.PackSpeed;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Frames a second of a pack on one core, for several step counts: all graphs and the engine's work
 * around them, on one thread, without encoding.
 */
public final class PackBench {
  private static final int BLOCKS = 75;

  private final ModelPack pack;
  private final List<Integer> steps;
  private final int runs;
  private final Consumer<String> progress;

  /**
   * @param pack the pack, loaded with one thread for an operator
   * @param steps step counts to measure
   * @param runs how often, 1 or more
   * @param progress told of each run
   */
  public PackBench(ModelPack pack, List<Integer> steps, int runs, Consumer<String> progress) {
    this.pack = pack;
    this.steps = List.copyOf(steps);
    this.runs = runs;
    this.progress = progress;
  }

  /** Runs the benchmark; the step counts take turns, so that a disturbance meets all of them. */
  public BenchResult run(String versions) {
    List<List<PackSpeed>> speeds = new ArrayList<>();
    steps.forEach(count -> speeds.add(new ArrayList<>()));
    for (int i = 0; i < runs; i++) {
      progress.accept("run %d of %d".formatted(i + 1, runs));
      for (int k = 0; k < steps.size(); k++) {
        speeds.get(k).add(PackSpeed.measure(pack, steps.get(k), BLOCKS));
      }
    }
    List<BenchResult.Line> lines = new ArrayList<>();
    for (int k = 0; k < steps.size(); k++) {
      String measure = "pack.fps_%d_step%s".formatted(steps.get(k), steps.get(k) == 1 ? "" : "s");
      List<PackSpeed> own = speeds.get(k);
      lines.add(BenchResult.Line.of(measure, "fps", own.stream().map(PackSpeed::wall).toList()));
      lines.add(
          BenchResult.Line.of(
              measure + "_processor_time", "fps", own.stream().map(PackSpeed::processor).toList()));
    }
    return new BenchResult(
        "pack " + pack.manifest().name(), BenchResult.thisMachine(), versions, lines);
  }
}
