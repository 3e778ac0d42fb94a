package io.avatarflow.jobs.cli;

import io.avatarflow.jobs.replay.SessionSelection;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Options that choose sessions of a topic or a recording. */
final class SelectionOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--from",
      paramLabel = "TIME",
      description = "Sessions opened then or later, for example 2026-01-31T14:00:00Z.")
  private String from;

  @Option(names = "--to", paramLabel = "TIME", description = "Sessions opened before then.")
  private String to;

  @Option(names = "--session", paramLabel = "TENANT/SESSION", description = "This session alone.")
  private String session;

  @Option(names = "--tenant", paramLabel = "TENANT", description = "Sessions of this tenant.")
  private String tenant;

  SessionSelection selection() {
    return new SessionSelection(
        instant("--from", from),
        instant("--to", to),
        Optional.ofNullable(session),
        Optional.ofNullable(tenant));
  }

  private Optional<Instant> instant(String option, String text) {
    try {
      return Optional.ofNullable(text).map(Instant::parse);
    } catch (DateTimeParseException e) {
      throw Usage.error(
          spec,
          "%s \"%s\" is not a time; write it as 2026-01-31T14:00:00Z.".formatted(option, text));
    }
  }
}
