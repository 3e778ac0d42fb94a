package io.avatarflow.jobs.bench;

import io.avatarflow.operators.diffusion.Guidance;
import io.avatarflow.operators.modelled.DeviceProfileFile;
import io.avatarflow.operators.pack.ModelPack;
import io.avatarflow.operators.pack.PackManifest;
import io.avatarflow.operators.pack.PackParameters;
import io.avatarflow.operators.pack.PackStep;
import io.avatarflow.operators.pack.RandomRows;
import io.avatarflow.operators.program.GraphRunner;
import io.avatarflow.operators.stage.BlockParameters;
import io.avatarflow.operators.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What batches of a pack's graphs cost on this machine.
 *
 * <p>Every graph that a block runs is timed at every size, on inputs of plausible values; what is
 * in them does not change the time of a graph without branches. One thread.
 */
final class PackCurve {
  private static final List<String> STAGES = List.of("motion", "denoise", "render");

  private static final int LEAST_RUNS = 5;
  private static final long MOST_NANOS = 250_000_000;

  private final ModelPack pack;
  private final List<Integer> sizes;
  private final Map<String, Map<Integer, Double>> millis = new LinkedHashMap<>();

  /** Runs of a graph for one block, and rows of each. */
  private record Use(String graph, int runs, int rows) {}

  private PackCurve(ModelPack pack, List<Integer> sizes) {
    this.pack = pack;
    int most = pack.manifest().batch().max();
    this.sizes = sizes.stream().filter(size -> size <= most).toList();
  }

  /**
   * Times all graphs.
   *
   * @param sizes batch sizes; those above the pack's largest are left out
   * @param runs of which the median counts, after one that warms up; fewer of graphs that take long
   */
  static PackCurve measure(ModelPack pack, List<Integer> sizes, int runs) {
    PackCurve curve = new PackCurve(pack, sizes);
    for (Use use : curve.uses()) {
      if (!curve.millis.containsKey(use.graph)) {
        curve.millis.put(use.graph, curve.time(use.graph, runs));
      }
    }
    return curve;
  }

  private Map<Integer, Double> time(String graph, int runs) {
    GraphRunner runner = pack.runner(graph);
    List<Map<String, Tensor>> rows =
        RandomRows.of(
            pack.manifest().graphs().get(graph), sizes.get(sizes.size() - 1), graph.hashCode());
    Map<Integer, Double> times = new TreeMap<>();
    for (int size : sizes) {
      List<Map<String, Tensor>> batch = rows.subList(0, size);
      List<Double> measured = new ArrayList<>();
      runner.run(batch);
      long begun = System.nanoTime();
      while (measured.size() < Math.min(runs, LEAST_RUNS)
          || (measured.size() < runs && System.nanoTime() - begun < MOST_NANOS)) {
        long start = System.nanoTime();
        runner.run(batch);
        measured.add((System.nanoTime() - start) / 1e6);
      }
      times.put(size, BenchResult.Line.of("", "ms", measured).value());
    }
    return times;
  }

  /** The graphs of one block in their order, with the pack's default parameters. */
  private List<Use> uses() {
    PackManifest manifest = pack.manifest();
    BlockParameters defaults = new PackParameters(manifest).defaults();
    List<Use> uses = new ArrayList<>();
    for (String stage : STAGES) {
      for (PackStep step : manifest.stages().getOrDefault(stage, List.of())) {
        if (step.graph() != null) {
          uses.add(new Use(step.graph(), 1, 1));
        } else if (step.sample() != null) {
          PackStep.Sample sample = step.sample();
          boolean motion = sample.role().equals("motion");
          boolean guided = sample.guidance() != null;
          uses.add(
              new Use(
                  sample.graph(),
                  motion ? defaults.motionSteps() : defaults.steps(),
                  guided && defaults.guidance() != Guidance.NONE ? 2 : 1));
        }
      }
    }
    return uses;
  }

  /** Batch sizes that were timed. */
  List<Integer> sizes() {
    return sizes;
  }

  /**
   * Device time of one block of so many sessions, whose steps all share batches: milliseconds.
   *
   * @param sessions one of the sizes
   */
  double blockMillis(int sessions) {
    double sum = 0;
    for (Use use : uses()) {
      Map<Integer, Double> times = millis.get(use.graph);
      int largest = sizes.get(sizes.size() - 1);
      int rows = sessions * use.rows;
      sum += use.runs * times.get(Math.min(rows, largest)) * Math.max(1, rows / largest);
    }
    return sum;
  }

  /** The curve as a device profile; a block of silence costs what a block of speech costs. */
  DeviceProfileFile profile() {
    int most = pack.manifest().batch().max();
    return new DeviceProfileFile(
        pack.manifest().name() + " on " + BenchResult.thisMachine(),
        uses().stream()
            .map(
                use ->
                    new DeviceProfileFile.Stage(
                        use.graph, use.runs, use.runs, use.rows, most, millis.get(use.graph)))
            .toList());
  }
}
