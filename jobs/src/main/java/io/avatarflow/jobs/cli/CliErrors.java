package io.avatarflow.jobs.cli;

import io.avatarflow.jobs.render.UsageException;
import java.io.PrintWriter;
import java.io.StringWriter;
import picocli.CommandLine;

/**
 * How errors reach the person at the terminal: one line on stderr that says what, where and what to
 * do.
 */
final class CliErrors {
  private CliErrors() {}

  /** A command line that cannot be understood; exit code 2. */
  static int usage(CommandLine.ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    command
        .getErr()
        .printf(
            "avatarflow: %s See %s --help.%n",
            sentence(e.getMessage()), command.getCommandSpec().qualifiedName());
    return CommandLine.ExitCode.USAGE;
  }

  /** A command that failed; exit code 1, or 2 when what the user asked for is not possible. */
  static int failure(Exception e, boolean verbose) {
    System.err.println("avatarflow: " + sentence(message(e)));
    if (verbose) {
      StringWriter trace = new StringWriter();
      e.printStackTrace(new PrintWriter(trace));
      System.err.print(trace);
    }
    return e instanceof UsageException ? CommandLine.ExitCode.USAGE : CommandLine.ExitCode.SOFTWARE;
  }

  private static String message(Throwable e) {
    Throwable cause = e;
    while (cause.getMessage() == null && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
  }

  /** One line that ends with a full stop. */
  private static String sentence(String text) {
    String line = text.strip().replaceAll("\\s*\\R\\s*", " ");
    return line.endsWith(".") || line.endsWith("?") || line.endsWith("!") ? line : line + ".";
  }
}
