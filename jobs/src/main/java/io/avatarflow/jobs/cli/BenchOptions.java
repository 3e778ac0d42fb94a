package io.avatarflow.jobs.cli;

import io.avatarflow.jobs.bench.BenchResult;
import io.avatarflow.jobs.bench.MachineSpeed;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Options that every bench of model packs takes, and how it gives its figures. */
final class BenchOptions {
  private static final int MAX_RUNS = 100;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  private final List<String> usualPacks;

  @Option(
      names = "--pack",
      paramLabel = "NAME|DIR",
      description = "Model pack. Default: ${DEFAULT-VALUE}.")
  private String pack;

  @Option(
      names = "--runs",
      paramLabel = "N",
      description = "How often each figure is measured. Default: ${DEFAULT-VALUE}.")
  private int runs;

  @Option(
      names = "--quick",
      description = "One short run: that it works, not how fast or how much.")
  private boolean quick;

  @Option(names = "--json", paramLabel = "FILE", description = "Also write the figures as JSON.")
  private Path json;

  /**
   * The options with the defaults of one bench.
   *
   * @param runs how often each figure is measured
   * @param packs what is measured when no pack is named
   */
  BenchOptions(int runs, String... packs) {
    this.runs = runs;
    this.usualPacks = List.of(packs);
    // Initial values are what picocli shows as the default in the help.
    this.pack = String.join(" and ", packs);
  }

  /** True when the user named a pack. */
  boolean isPackNamed() {
    return spec.commandLine().getParseResult().hasMatchedOption("--pack");
  }

  /** The packs to measure, one where the user named it. */
  List<String> packs() {
    return isPackNamed() ? List.of(pack) : usualPacks;
  }

  /** The pack to measure, of a bench that measures one. */
  String pack() {
    return pack;
  }

  int runs() {
    return check("--runs", runs, MAX_RUNS);
  }

  boolean quick() {
    return quick;
  }

  /** Passes a value from 1 to {@code most}; any other is a usage error. */
  int check(String option, int value, int most) {
    return Usage.between(spec, option, value, 1, most);
  }

  /** The error of a command line that cannot be meant. */
  ParameterException usage(String message) {
    return Usage.error(spec, message);
  }

  /** Prints the figures and writes them where the user wants; returns the exit code. */
  int report(String name, List<BenchResult.Line> lines) throws IOException, InterruptedException {
    return report(name, lines, json);
  }

  /**
   * Prints figures, and those of the machine at this moment, and writes them as JSON where a file
   * is given; returns the exit code.
   */
  static int report(String name, List<BenchResult.Line> lines, Path json)
      throws IOException, InterruptedException {
    List<BenchResult.Line> all = new ArrayList<>(lines);
    all.addAll(MachineSpeed.measure());
    BenchResult result =
        new BenchResult(
            name, BenchResult.thisMachine(), "avatarflow " + VersionProvider.version(), all);
    result.print(System.out);
    if (json != null) {
      result.write(json);
    }
    return 0;
  }
}
