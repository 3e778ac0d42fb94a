package io.avatarflow.jobs.cli;

import io.avatarflow.jobs.bench.BenchResult;
import io.avatarflow.jobs.bench.OverheadBench;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code avatarflow bench overhead}. */
@Command(
    name = "overhead",
    mixinStandardHelpOptions = true,
    description =
        "Throughput of the full graph, embedded Kafka included, against the same stages in plain"
            + " loops on the same cores.")
final class OverheadBenchCommand implements Callable<Integer> {
  /** Long enough for opening and closing to be a small part of a run, on two cores. */
  private static final int PROBE_SECONDS = 20;

  private static final int REFERENCE_SECONDS = 15;

  @Mixin private BenchOptions options = new BenchOptions(5, "reference", "probe");
  @Mixin private SessionsOption sessions = new SessionsOption(8);

  @Override
  public Integer call() throws Exception {
    int runs = options.runs();
    int count = sessions.count();
    OverheadBench bench = new OverheadBench(System.err::println);
    List<BenchResult.Line> lines = new ArrayList<>();
    for (String name : options.packs()) {
      boolean probe = name.equals("probe");
      OverheadBench.Load load =
          options.quick()
              ? new OverheadBench.Load(name, 2, 1, false, 1)
              : new OverheadBench.Load(
                  name, count, probe ? PROBE_SECONDS : REFERENCE_SECONDS, true, runs);
      lines.addAll(
          bench.run(
              load,
              probe ? "overhead.probe_ratio" : "overhead.throughput_ratio",
              probe ? "overhead.probe_" : "overhead."));
    }
    return options.report("overhead", lines);
  }
}
