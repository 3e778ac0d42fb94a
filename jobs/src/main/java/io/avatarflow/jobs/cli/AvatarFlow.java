package io.avatarflow.jobs.cli;

import java.io.IOException;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The {@code avatarflow} command; its subcommands do the work. */
@Command(
    name = "avatarflow",
    description =
        "Streaming talking-head avatars on Apache Flink. Everything it makes is synthetic and says so.",
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      RenderCommand.class,
      SpeakCommand.class,
      ReplayCommand.class,
      ExportCommand.class,
      RequeueCommand.class,
      PackCommand.class,
      InspectCommand.class,
      BenchCommand.class,
      PlanCommand.class,
      CommandLine.HelpCommand.class
    })
public final class AvatarFlow {
  @Option(
      names = {"-v", "--verbose"},
      scope = ScopeType.INHERIT,
      description = "Show log lines and stack traces.")
  private boolean verbose;

  /** Ends the process with the command's exit code: 0 success, 2 usage, 1 anything else. */
  public static void main(String[] args) {
    try {
      ProcessExit.prepare();
    } catch (IOException e) {
      System.exit(CliErrors.failure(e, false));
    }
    int code;
    try {
      code = run(args);
    } catch (Error e) {
      // Out of memory, or natives that do not load: still a line, and not a trace of the stack.
      code =
          CliErrors.failure(
              new IllegalStateException(e.toString(), e), List.of(args).contains("-v"));
    }
    System.exit(code);
  }

  /** Runs a command and returns its exit code. */
  static int run(String... args) {
    Logging.configure(args);
    AvatarFlow root = new AvatarFlow();
    CommandLine line = new CommandLine(root);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setUsageHelpAutoWidth(true);
    line.setParameterExceptionHandler(CliErrors::usage);
    line.setExecutionExceptionHandler((e, command, parsed) -> CliErrors.failure(e, root.verbose));
    if (args.length == 0) {
      line.usage(System.err);
      return CommandLine.ExitCode.USAGE;
    }
    return line.execute(args);
  }
}
