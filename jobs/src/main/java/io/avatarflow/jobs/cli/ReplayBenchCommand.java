package io.avatarflow.jobs.cli;

import io.avatarflow.jobs.bench.ReplayBench;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code avatarflow bench replay}. */
@Command(
    name = "replay",
    mixinStandardHelpOptions = true,
    description =
        "Whether replays make a live run's pictures again at every batch size and parallelism,"
            + " whether a topic gets them exactly once when a task manager is lost, and how fast"
            + " they are.")
final class ReplayBenchCommand implements Callable<Integer> {
  private static final List<Integer> BATCHES = List.of(0, 1, 2, 4, 8);
  private static final List<Integer> QUICK_BATCHES = List.of(0, 1);

  @Mixin private BenchOptions options = new BenchOptions(3, "probe");
  @Mixin private SessionsOption sessions = new SessionsOption(8);

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "20",
      description = "Length of each. Default: ${DEFAULT-VALUE}.")
  private int seconds;

  @Override
  public Integer call() throws Exception {
    int count = sessions.count();
    options.check("--seconds", seconds, 600);
    int runs = options.runs();
    String pack = options.pack();
    ReplayBench.Load load =
        options.quick()
            ? new ReplayBench.Load(pack, 3, 5, QUICK_BATCHES, false, 1)
            : new ReplayBench.Load(pack, count, seconds, BATCHES, true, runs);
    return options.report("replay " + pack, new ReplayBench(System.err::println).run(load));
  }
}
