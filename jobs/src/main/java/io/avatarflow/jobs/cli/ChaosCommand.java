package io.avatarflow.jobs.cli;

import io.avatarflow.jobs.chaos.ChaosCase;
import io.avatarflow.jobs.chaos.ChaosRun;
import io.avatarflow.jobs.options.GraphOptions.Topology;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code avatarflow bench chaos}: what viewers notice when a part of a cell is taken away. */
@Command(
    name = "chaos",
    mixinStandardHelpOptions = true,
    description =
        "What viewers notice when a part of a cell of real processes is taken away; docker/chaos.sh runs all cases.")
final class ChaosCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--case",
      paramLabel = "CASE",
      required = true,
      description = "One of: ${COMPLETION-CANDIDATES}.")
  private ChaosCase chaos;

  @Option(
      names = "--script",
      paramLabel = "FILE",
      defaultValue = "docker/local-cluster.sh",
      description = "What starts the cell. Default: ${DEFAULT-VALUE}.")
  private Path script;

  @Option(
      names = "--state",
      paramLabel = "DIR",
      required = true,
      description = "Folder for the cell's logs, topics and checkpoints.")
  private Path state;

  @Option(
      names = "--pack",
      paramLabel = "NAME",
      defaultValue = "probe",
      description = "Bundled pack. Default: ${DEFAULT-VALUE}.")
  private String pack;

  @Option(
      names = "--topology",
      paramLabel = "NAME",
      defaultValue = "KEYED",
      description = "One of: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  private Topology topology;

  @Option(
      names = "--sessions",
      paramLabel = "N",
      defaultValue = "24",
      description = "How many sessions talk. Default: ${DEFAULT-VALUE}.")
  private int sessions;

  @Option(
      names = "--warm-up",
      paramLabel = "SECONDS",
      defaultValue = "40",
      description = "Seconds of pictures before the harm. Default: ${DEFAULT-VALUE}.")
  private int warmUp;

  @Option(names = "--json", paramLabel = "FILE", description = "Also write the figures as JSON.")
  private Path json;

  @Override
  public Integer call() throws Exception {
    if (sessions < 1 || sessions > 1000) {
      throw new ParameterException(
          spec.commandLine(), "--sessions %d is not possible; give 1 to 1000.".formatted(sessions));
    }
    if (warmUp < 1 || warmUp > 600) {
      throw new ParameterException(
          spec.commandLine(), "--warm-up %d is not possible; give 1 to 600.".formatted(warmUp));
    }
    ChaosRun run =
        new ChaosRun(script, state, pack, topology, sessions, warmUp, System.err::println);
    return BenchOptions.report("chaos " + chaos.id(), run.run(chaos), json);
  }
}
