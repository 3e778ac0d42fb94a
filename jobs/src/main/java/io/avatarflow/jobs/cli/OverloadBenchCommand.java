package io.avatarflow.jobs.cli;

import io.avatarflow.jobs.bench.OverloadBench;
import io.avatarflow.jobs.capacity.CapacityProfile;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code avatarflow bench overload}. */
@Command(
    name = "overload",
    mixinStandardHelpOptions = true,
    description =
        "What admitted and refused sessions get when half as many again as there are seats ask"
            + " for one, and how full placement makes a cluster.")
final class OverloadBenchCommand implements Callable<Integer> {
  private static final int DEFAULT_SEATS = 24;

  @Mixin private BenchOptions options = new BenchOptions(3, "probe");

  @Option(
      names = "--profile",
      paramLabel = "FILE",
      description = "Capacity profile whose seats are given away.")
  private Path profile;

  @Option(
      names = "--seats",
      paramLabel = "N",
      description = "Seats, instead of a profile. Default: " + DEFAULT_SEATS + ".")
  private Integer seats;

  @Override
  public Integer call() throws Exception {
    int runs = options.runs();
    int given = given();
    options.check("--seats", given, 10_000);
    OverloadBench.Load load =
        options.quick()
            ? new OverloadBench.Load(
                options.pack(), Math.min(given, 4), Duration.ofSeconds(3), false, 1)
            : new OverloadBench.Load(options.pack(), given, Duration.ofSeconds(15), true, runs);
    return options.report("overload", new OverloadBench(System.err::println).run(load));
  }

  private int given() throws IOException {
    if (seats != null) {
      return seats;
    }
    return profile == null ? DEFAULT_SEATS : CapacityProfile.read(profile).seats();
  }
}
