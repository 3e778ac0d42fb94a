package io.avatarflow.jobs.cli;

import io.avatarflow.jobs.bench.SoakBench;
import io.avatarflow.jobs.bench.SoakCsv;
import io.avatarflow.jobs.bench.SoakLoad;
import io.avatarflow.jobs.bench.SoakResult;
import io.avatarflow.jobs.capacity.CapacityProfile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code avatarflow bench soak}: live sessions for an hour. */
@Command(
    name = "soak",
    mixinStandardHelpOptions = true,
    description =
        "Live sessions on the embedded stack for a long time; fails when frames are lost, sound and"
            + " pictures drift apart, or memory or state grow.")
final class SoakBenchCommand implements Callable<Integer> {
  private static final int DEFAULT_SESSIONS = 24;
  private static final int MOST_SESSIONS = 1000;
  private static final int MOST_MINUTES = 1440;

  @Spec private CommandSpec spec;

  @Option(
      names = "--pack",
      paramLabel = "NAME|DIR",
      defaultValue = "probe",
      description = "Model pack. Default: ${DEFAULT-VALUE}.")
  private String pack;

  @Option(
      names = "--sessions",
      paramLabel = "N",
      description =
          "Sessions at once; half of them stay, the others live 20 to 60 s and are followed by new"
              + " ones. Default: "
              + DEFAULT_SESSIONS
              + ".")
  private Integer sessions;

  @Option(
      names = "--profile",
      paramLabel = "FILE",
      description = "Capacity profile, half of whose seats are taken; instead of --sessions.")
  private Path profile;

  @Option(
      names = "--minutes",
      paramLabel = "N",
      defaultValue = "60",
      description = "How long. Bounds are made for an hour. Default: ${DEFAULT-VALUE}.")
  private int minutes;

  @Option(
      names = "--quick",
      description = "20 s with at most 4 sessions: that it works, growth is not judged.")
  private boolean quick;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Also write the figures as JSON, and every sample beside it as FILE.csv.")
  private Path json;

  @Override
  public Integer call() throws Exception {
    int count = Usage.between(spec, "--sessions", count(), 1, MOST_SESSIONS);
    Usage.between(spec, "--minutes", minutes, 1, MOST_MINUTES);
    SoakLoad load = quick ? SoakLoad.quick(pack, count) : SoakLoad.of(pack, count, minutes);
    SoakResult result;
    if (json == null) {
      result = new SoakBench(System.err::println, sample -> {}).run(load);
    } else {
      try (SoakCsv csv = SoakCsv.create(SoakCsv.beside(json))) {
        result = new SoakBench(System.err::println, csv::add).run(load);
      }
    }
    int code = BenchOptions.report("soak " + pack, result.lines(), json);
    if (result.fault().isPresent()) {
      throw new IOException(result.fault().get());
    }
    return code;
  }

  private int count() {
    if (sessions != null && profile != null) {
      throw Usage.error(spec, "Give either --sessions or --profile.");
    }
    if (profile != null) {
      return Math.max(1, CapacityProfile.read(profile).seats() / 2);
    }
    return sessions == null ? DEFAULT_SESSIONS : sessions;
  }
}
