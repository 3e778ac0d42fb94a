package io.avatarflow.jobs.cli;

import io.avatarflow.jobs.bench.BenchResult;
import io.avatarflow.jobs.bench.CapacityBench;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code avatarflow bench capacity}: how many live sessions this machine carries. */
@Command(
    name = "capacity",
    mixinStandardHelpOptions = true,
    description =
        "Searches how many live sessions play 99.5 %% of their frames on time, and certifies seats"
            + " below that; both against what a plain loop carries.")
final class CapacityBenchCommand implements Callable<Integer> {
  private static final double MOST_RESERVE = 0.9;

  @Mixin private BenchOptions options = new BenchOptions(3, "probe", "reference");

  @Option(
      names = "--profile",
      paramLabel = "FILE",
      description = "Write the capacity profile of the pack, which seats and plan read.")
  private Path profile;

  @Option(
      names = "--reserve",
      paramLabel = "SHARE",
      defaultValue = "0.15",
      description =
          "Share of the sessions that were carried for which there are no seats, because a shared"
              + " machine has worse minutes. Default: ${DEFAULT-VALUE}.")
  private double reserve;

  @Override
  public Integer call() throws Exception {
    int runs = options.runs();
    if (profile != null && !options.isPackNamed()) {
      throw options.usage("--profile is of one pack; name it with --pack.");
    }
    if (!(reserve >= 0 && reserve <= MOST_RESERVE)) {
      throw options.usage(
          "--reserve is %s; give a share of 0 to %s.".formatted(reserve, MOST_RESERVE));
    }
    CapacityBench bench = new CapacityBench(System.err::println);
    List<BenchResult.Line> lines = new ArrayList<>();
    for (String name : options.packs()) {
      boolean beside = name.equals("reference");
      CapacityBench.Effort effort =
          options.quick()
              ? new CapacityBench.Effort(name, Duration.ofSeconds(2), false, 1, 1, reserve)
              : new CapacityBench.Effort(
                  name, Duration.ofSeconds(8), true, beside ? 3 : 12, runs, reserve);
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
    return options.report("capacity", lines);
  }
}
