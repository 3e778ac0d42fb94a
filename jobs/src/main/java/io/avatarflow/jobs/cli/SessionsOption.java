package io.avatarflow.jobs.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** How many sessions a bench plays. */
final class SessionsOption {
  private static final int MOST = 1000;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--sessions",
      paramLabel = "N",
      description = "Sessions at once. Default: ${DEFAULT-VALUE}.")
  private int sessions;

  /** The option with the default of one bench. */
  SessionsOption(int sessions) {
    this.sessions = sessions;
  }

  int count() {
    return Usage.between(spec, "--sessions", sessions, 1, MOST);
  }
}
