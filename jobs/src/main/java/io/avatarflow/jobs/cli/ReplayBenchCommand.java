package io.avatarflow.jobs.cli;

import io.avatarflow.jobs.bench.ReplayBench;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

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

  @Spec private CommandSpec spec;

  @Option(
      names = "--pack",
      paramLabel = "NAME|DIR",
      defaultValue = "probe",
      description = "Model pack. Default: ${DEFAULT-VALUE}.")
  private String pack;

  @Option(
      names = "--sessions",
      paramLabel = "N",
      defaultValue = "8",
      description = "Sessions at once. Default: ${DEFAULT-VALUE}.")
  private int sessions;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "20",
      description = "Length of each. Default: ${DEFAULT-VALUE}.")
  private int seconds;

  @Option(
      names = "--runs",
      paramLabel = "N",
      defaultValue = "3",
      description = "Runs of the speed. Default: ${DEFAULT-VALUE}.")
  private int runs;

  @Option(names = "--quick", description = "Few and short replays: that it works, not how fast.")
  private boolean quick;

  @Option(names = "--json", paramLabel = "FILE", description = "Also write the figures as JSON.")
  private Path json;

  @Override
  public Integer call() throws Exception {
    check("--sessions", sessions, 1000);
    check("--seconds", seconds, 600);
    check("--runs", runs, 100);
    ReplayBench.Load load =
        quick
            ? new ReplayBench.Load(pack, 3, 5, QUICK_BATCHES, 1)
            : new ReplayBench.Load(pack, sessions, seconds, BATCHES, runs);
    return BenchCommand.report(
        "replay " + pack, new ReplayBench(System.err::println).run(load), json);
  }

  private void check(String option, int value, int most) {
    if (value < 1 || value > most) {
      throw new ParameterException(
          spec.commandLine(),
          "%s %d is not possible; give 1 to %d.".formatted(option, value, most));
    }
  }
}
