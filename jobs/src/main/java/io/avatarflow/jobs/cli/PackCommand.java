package io.avatarflow.jobs.cli;

import io.avatarflow.jobs.bench.BenchResult;
import io.avatarflow.jobs.bench.PackBench;
import io.avatarflow.operators.pack.ModelPack;
import io.avatarflow.operators.pack.PackCatalog;
import io.avatarflow.operators.pack.PackInspector;
import io.avatarflow.operators.pack.PackManifest;
import io.avatarflow.operators.pack.PackSource;
import io.avatarflow.operators.proof.PackVerifier;
import io.avatarflow.operators.proof.ProofWriter;
import io.avatarflow.operators.proof.VerificationReport;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code avatarflow pack}: what there is to know about model packs. */
@Command(
    name = "pack",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = "Lists, shows, verifies, measures and seals model packs.")
final class PackCommand {
  private final PrintStream out = System.out;

  @Spec private CommandSpec spec;

  @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists the bundled packs.")
  int list() {
    for (String name : PackCatalog.bundled()) {
      try (ModelPack pack = ModelPack.load(name)) {
        out.printf(
            "%-12s %-8s %s%s%n",
            name,
            pack.manifest().version(),
            pack.manifest().description(),
            name.equals(PackCatalog.DEFAULT) ? " (default)" : "");
      }
    }
    return 0;
  }

  @Command(
      name = "inspect",
      mixinStandardHelpOptions = true,
      description =
          "Shows what a pack is: clock, stages, graphs and their tensors, state, parameters.")
  int inspect(
      @Parameters(paramLabel = "PACK", description = "Bundled name, directory or jar.")
          String pack) {
    new PackDescription(PackInspector.inspect(PackSource.of(pack))).print(out);
    return 0;
  }

  @Command(
      name = "verify",
      mixinStandardHelpOptions = true,
      description =
          "Checks digests, rules, batch independence and proof vectors of a pack; exit code 1 if one fails.")
  int verify(
      @Parameters(paramLabel = "PACK", description = "Bundled name, directory or jar.") String pack,
      @Option(
              names = "--ablate",
              description =
                  "Also replace each graph's output by zeros and fail where the pictures hardly change.")
          boolean ablate) {
    VerificationReport report = PackVerifier.verify(PackSource.of(pack), ablate, this::print);
    report.notices().forEach(notice -> out.println("note  " + notice));
    long failed = report.checks().stream().filter(check -> !check.ok()).count();
    out.printf(
        "%s: %d checks, %s%n",
        report.pack(), report.checks().size(), failed == 0 ? "all hold" : failed + " failed");
    return report.ok() ? 0 : 1;
  }

  @Command(
      name = "seal",
      mixinStandardHelpOptions = true,
      description = "Runs a pack, writes its proof vectors and pins every file by its digest.")
  int seal(@Parameters(paramLabel = "DIR", description = "Directory of the pack.") Path directory) {
    out.println(ProofWriter.seal(directory));
    return 0;
  }

  @Command(
      name = "bench",
      mixinStandardHelpOptions = true,
      description =
          "Measures frames a second on one core: all graphs and the work around them, without encoding.")
  int bench(
      @Parameters(paramLabel = "PACK", description = "Bundled name, directory or jar.") String pack,
      @Option(
              names = "--steps",
              paramLabel = "N",
              split = ",",
              defaultValue = "2,1",
              description = "Denoising steps to measure. Default: ${DEFAULT-VALUE}.")
          List<Integer> steps,
      @Option(
              names = "--runs",
              paramLabel = "N",
              defaultValue = "5",
              description = "How many runs. Default: ${DEFAULT-VALUE}.")
          int runs,
      @Option(
              names = "--json",
              paramLabel = "FILE",
              description = "Also write the figures as JSON.")
          Path json)
      throws IOException {
    Usage.between(spec, "--runs", runs, 1, 100);
    try (ModelPack loaded = ModelPack.load(pack)) {
      steps.forEach(
          count -> Usage.between(spec, "--steps", count, 1, most(loaded.manifest(), "steps")));
      BenchResult result =
          new PackBench(loaded, steps, runs, System.err::println)
              .run("avatarflow " + VersionProvider.version());
      result.print(out);
      if (json != null) {
        result.write(json);
      }
    }
    return 0;
  }

  private static int most(PackManifest manifest, String parameter) {
    PackManifest.ParameterRange range = manifest.parameters().get(parameter);
    return range == null || range.max() == null ? 50 : range.max().intValue();
  }

  private void print(VerificationReport.Check check) {
    out.printf(
        Locale.ROOT,
        "%-5s %-32s %6d ms  %s%n",
        check.ok() ? "ok" : "FAIL",
        check.name(),
        check.millis(),
        check.detail());
  }
}
