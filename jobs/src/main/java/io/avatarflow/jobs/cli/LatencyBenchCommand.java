package io.avatarflow.jobs.cli;

import io.avatarflow.jobs.bench.BenchResult;
import io.avatarflow.jobs.bench.LatencyBench;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code avatarflow bench latency}. */
@Command(
    name = "latency",
    mixinStandardHelpOptions = true,
    description =
        "Latency of live sessions, computed by a consumer beside the engine: of the engine, of"
            + " first frames and of interrupts. The reference pack gets fewer sessions.")
final class LatencyBenchCommand implements Callable<Integer> {
  private static final Duration WINDOW = Duration.ofSeconds(12);

  @Mixin private BenchOptions options = new BenchOptions(3, "probe", "reference");
  @Mixin private SessionsOption sessions = new SessionsOption(8);

  @Option(
      names = "--half-load",
      paramLabel = "N",
      defaultValue = "20",
      description =
          "Sessions that talk while others join; about half of the seats. Default:"
              + " ${DEFAULT-VALUE}.")
  private int halfLoad;

  @Override
  public Integer call() throws Exception {
    int runs = options.runs();
    int count = sessions.count();
    options.check("--half-load", halfLoad, 1000);
    LatencyBench bench = new LatencyBench(System.err::println);
    List<BenchResult.Line> lines = new ArrayList<>();
    for (String name : options.packs()) {
      boolean beside = name.equals("reference");
      lines.addAll(
          bench.run(
              load(name, beside, count, runs),
              beside ? "latency.reference_" : "latency.",
              beside ? "idle.reference_cost_ratio" : "idle.cost_ratio"));
    }
    int code = options.report("latency", lines);
    if (!options.quick() && !LatencyBench.agrees(lines)) {
      throw new IOException(
          "The consumer's latency and the trace's are more than a tenth apart (latency.agreement);"
              + " measure on a quiet machine, and if it stays so, mistrust the trace.");
    }
    return code;
  }

  private LatencyBench.Load load(String pack, boolean beside, int count, int runs) {
    if (options.quick()) {
      return new LatencyBench.Load(pack, 2, 1, Duration.ofSeconds(3), false, 1);
    }
    return beside
        ? new LatencyBench.Load(pack, 2, 1, WINDOW, true, 1)
        : new LatencyBench.Load(pack, count, halfLoad, WINDOW, true, runs);
  }
}
