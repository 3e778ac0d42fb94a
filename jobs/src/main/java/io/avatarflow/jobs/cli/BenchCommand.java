package io.avatarflow.jobs.cli;

import picocli.CommandLine.Command;

/** {@code avatarflow bench}: figures that anyone can measure again. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      BatchingBenchCommand.class,
      CapacityBenchCommand.class,
      ChaosCommand.class,
      LatencyBenchCommand.class,
      OverheadBenchCommand.class,
      OverloadBenchCommand.class,
      RenderBenchCommand.class,
      ReplayBenchCommand.class,
      SoakBenchCommand.class
    },
    description = "Measures the engine and prints medians and spreads.")
final class BenchCommand {}
