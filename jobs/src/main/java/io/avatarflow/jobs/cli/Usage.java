package io.avatarflow.jobs.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** The errors of a command line that was understood and cannot be meant; exit code 2. */
final class Usage {
  private Usage() {}

  /** The error that a sentence says. */
  static ParameterException error(CommandSpec command, String sentence) {
    return new ParameterException(command.commandLine(), sentence);
  }

  /** Passes an option's value from {@code least} to {@code most}, and refuses any other. */
  static int between(CommandSpec command, String option, int value, int least, int most) {
    if (value < least || value > most) {
      throw error(
          command, "%s %d is not possible; give %d to %d.".formatted(option, value, least, most));
    }
    return value;
  }
}
