package io.avatarflow.jobs.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.avatarflow.jobs.inspect.SavepointSession;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code avatarflow inspect}: the sessions in a savepoint. */
@Command(
    name = "inspect",
    mixinStandardHelpOptions = true,
    description = {
      "Lists the sessions in a savepoint or retained checkpoint, without a cluster.",
      "Of each its pack, the next block, epoch, how often it was restored, its age and the bytes of its states."
    })
final class InspectCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "SAVEPOINT",
      description = "Folder of the savepoint, a path or a URI that Flink knows.")
  private String savepoint;

  @Option(names = "--json", paramLabel = "FILE", description = "Also write the sessions as JSON.")
  private Path json;

  @Override
  public Integer call() throws IOException {
    List<SavepointSession> sessions = SavepointSession.read(savepoint);
    System.out.printf(
        "%-32s %-12s %8s %6s %8s %9s %9s %9s  %s%n",
        "session", "pack", "block", "epoch", "attempt", "age s", "in flight", "bytes", "by stage");
    for (SavepointSession session : sessions) {
      System.out.printf(
          Locale.ROOT,
          "%-32s %-12s %8d %6d %8d %9.1f %9d %9d  %s%n",
          session.session(),
          session.pack().isEmpty() ? "-" : session.pack(),
          session.nextBlock(),
          session.epoch(),
          session.attempt(),
          session.ageSeconds(),
          session.inFlight(),
          session.totalBytes(),
          session.stateBytes().entrySet().stream()
              .map(stage -> stage.getKey() + " " + stage.getValue())
              .collect(Collectors.joining(", ")));
    }
    System.out.printf("%d sessions are in %s.%n", sessions.size(), savepoint);
    if (json != null) {
      new ObjectMapper()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .writeValue(json.toFile(), sessions);
    }
    return 0;
  }
}
