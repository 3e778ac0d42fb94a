package io.avatarflow.jobs.cli;

import io.avatarflow.jobs.replay.SessionSelection;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Options that choose sessions of a topic. */
final class SelectionOptions {
  @Option(
      names = "--from",
      paramLabel = "TIME",
      description = "Sessions opened then or later, for example 2026-01-31T14:00:00Z.")
  String from;

  @Option(names = "--to", paramLabel = "TIME", description = "Sessions opened before then.")
  String to;

  @Option(names = "--session", paramLabel = "TENANT/SESSION", description = "This session alone.")
  String session;

  @Option(names = "--tenant", paramLabel = "TENANT", description = "Sessions of this tenant.")
  String tenant;

  SessionSelection selection() {
    return new SessionSelection(
        instant("--from", from),
        instant("--to", to),
        Optional.ofNullable(session),
        Optional.ofNullable(tenant));
  }

  private static Optional<Instant> instant(String option, String text) {
    try {
      return Optional.ofNullable(text).map(Instant::parse);
    } catch (DateTimeParseException e) {
      TypeConversionException usage =
          new TypeConversionException(
              "%s \"%s\" is not a time; write it as 2026-01-31T14:00:00Z.".formatted(option, text));
      usage.initCause(e);
      throw usage;
    }
  }
}
