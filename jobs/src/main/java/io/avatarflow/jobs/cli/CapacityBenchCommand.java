package io.avatarflow.jobs.cli;

import io.avatarflow.jobs.bench.BenchResult;
import io.avatarflow.jobs.bench.CapacityBench;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code avatarflow bench capacity}: how many live sessions this machine carries. */
@Command(
    name = "capacity",
    mixinStandardHelpOptions = true,
    description =
        "Searches how many live sessions play 99.5 % of their frames on time, against what a plain"
            + " loop carries.")
final class CapacityBenchCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--pack",
      paramLabel = "NAME|DIR",
      description = "Model pack. Default: probe, and reference beside it.")
  private String pack;

  @Option(
      names = "--runs",
      paramLabel = "N",
      defaultValue = "3",
      description = "Runs of each figure. Default: ${DEFAULT-VALUE}.")
  private int runs;

  @Option(names = "--quick", description = "A short search: that it works, not how many.")
  private boolean quick;

  @Option(
      names = "--profile",
      paramLabel = "FILE",
      description = "Write the capacity profile of the pack, which seats and plan read.")
  private Path profile;

  @Option(names = "--json", paramLabel = "FILE", description = "Also write the figures as JSON.")
  private Path json;

  @Override
  public Integer call() throws Exception {
    if (runs < 1 || runs > 100) {
      throw new ParameterException(
          spec.commandLine(), "--runs %d is not possible; give 1 to 100.".formatted(runs));
    }
    if (profile != null && pack == null) {
      throw new ParameterException(
          spec.commandLine(), "--profile is of one pack; name it with --pack.");
    }
    CapacityBench bench = new CapacityBench(System.err::println);
    List<BenchResult.Line> lines = new ArrayList<>();
    for (String name : pack == null ? List.of("probe", "reference") : List.of(pack)) {
      boolean beside = name.equals("reference");
      CapacityBench.Effort effort =
          quick
              ? new CapacityBench.Effort(name, Duration.ofSeconds(2), Duration.ofSeconds(1), 1, 1)
              : new CapacityBench.Effort(
                  name, Duration.ofSeconds(8), Duration.ofSeconds(10), beside ? 3 : 12, runs);
      CapacityBench.Found found =
          bench.run(
              effort,
              beside ? "capacity.reference_" : "capacity.",
              "avatarflow " + VersionProvider.version());
      lines.addAll(found.lines());
      if (profile != null) {
        found.profile().write(profile);
      }
    }
    return BenchCommand.report("capacity", lines, json);
  }
}
