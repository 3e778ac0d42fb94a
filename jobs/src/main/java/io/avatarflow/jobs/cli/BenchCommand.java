package io.avatarflow.jobs.cli;

import io.avatarflow.jobs.bench.BenchResult;
import io.avatarflow.jobs.bench.RenderBench;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code avatarflow bench}: figures that anyone can measure again. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = "Measures the engine and prints medians and spreads.")
final class BenchCommand {
  @Spec private CommandSpec spec;

  @Command(
      name = "render",
      mixinStandardHelpOptions = true,
      description =
          "Renders the bundled sample in new processes: speed, start-up, heap and engine latency.")
  int render(
      @Option(
              names = "--pack",
              paramLabel = "NAME|DIR",
              defaultValue = "reference",
              description = "Model pack. Default: ${DEFAULT-VALUE}.")
          String pack,
      @Option(
              names = "--runs",
              paramLabel = "N",
              defaultValue = "3",
              description = "How many runs. Default: ${DEFAULT-VALUE}.")
          int runs,
      @Option(
              names = "--json",
              paramLabel = "FILE",
              description = "Also write the figures as JSON.")
          Path json)
      throws Exception {
    if (runs < 1 || runs > 100) {
      throw new ParameterException(
          spec.commandLine(), "--runs %d is not possible; give 1 to 100.".formatted(runs));
    }
    BenchResult result =
        new RenderBench(pack, runs, System.err::println)
            .run("avatarflow " + VersionProvider.version());
    result.print(System.out);
    if (json != null) {
      result.write(json);
    }
    return 0;
  }
}
