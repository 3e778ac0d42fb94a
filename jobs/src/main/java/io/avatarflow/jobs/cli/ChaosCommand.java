package io.avatarflow.jobs.cli;

import io.avatarflow.jobs.chaos.ChaosCase;
import io.avatarflow.jobs.chaos.ChaosRun;
import io.avatarflow.jobs.options.GraphOptions.Topology;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code avatarflow bench chaos}: what viewers notice when a part of a cell is taken away. */
@Command(
    name = "chaos",
    mixinStandardHelpOptions = true,
    description =
        "What viewers notice when a part of a cell of real processes is taken away; docker/chaos.sh runs all cases.")
final class ChaosCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private SessionsOption sessions = new SessionsOption(24);

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
      names = "--previous",
      paramLabel = "DIR",
      description = "Checkout of another build, which the case UPGRADE begins with.")
  private Path previous;

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
      names = "--warm-up",
      paramLabel = "SECONDS",
      defaultValue = "100",
      description = "Seconds of pictures before the harm. Default: ${DEFAULT-VALUE}.")
  private int warmUp;

  @Option(names = "--json", paramLabel = "FILE", description = "Also write the figures as JSON.")
  private Path json;

  @Override
  public Integer call() throws Exception {
    int count = sessions.count();
    Usage.between(spec, "--warm-up", warmUp, 1, 600);
    ChaosRun run =
        new ChaosRun(script, first(), state, pack, topology, count, warmUp, System.err::println);
    return BenchOptions.report("chaos " + chaos.id(), run.run(chaos), json);
  }

  private Path first() {
    if (!chaos.needsPrevious()) {
      return script;
    }
    if (previous == null) {
      throw Usage.error(
          spec,
          "Case %s begins with another build; give its checkout with --previous.".formatted(chaos));
    }
    return previous.resolve("docker").resolve("local-cluster.sh").toAbsolutePath();
  }
}
