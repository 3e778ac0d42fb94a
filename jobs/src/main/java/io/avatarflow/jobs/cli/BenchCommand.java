package io.avatarflow.jobs.cli;

import io.avatarflow.jobs.bench.BatchingBench;
import io.avatarflow.jobs.bench.BenchResult;
import io.avatarflow.jobs.bench.LatencyBench;
import io.avatarflow.jobs.bench.OverheadBench;
import io.avatarflow.jobs.bench.OverloadBench;
import io.avatarflow.jobs.bench.RenderBench;
import io.avatarflow.jobs.capacity.CapacityProfile;
import io.avatarflow.operators.host.Accelerator;
import io.avatarflow.operators.host.Worker;
import io.avatarflow.operators.modelled.DeviceProfile;
import io.avatarflow.operators.modelled.DeviceProfileFile;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code avatarflow bench}: figures that anyone can measure again. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {CapacityBenchCommand.class, ChaosCommand.class, ReplayBenchCommand.class},
    description = "Measures the engine and prints medians and spreads.")
final class BenchCommand {
  private static final Duration LATENCY_WINDOW = Duration.ofSeconds(12);

  @Spec private CommandSpec spec;

  @Command(
      name = "render",
      mixinStandardHelpOptions = true,
      description =
          "Renders the bundled sample in new processes: speed, start-up, heap and engine latency.")
  int render(
      @Option(
              names = "--pack",
              paramLabel = "NAME|DIR",
              defaultValue = "reference",
              description = "Model pack. Default: ${DEFAULT-VALUE}.")
          String pack,
      @Option(
              names = "--runs",
              paramLabel = "N",
              defaultValue = "3",
              description = "How many runs. Default: ${DEFAULT-VALUE}.")
          int runs,
      @Option(
              names = "--json",
              paramLabel = "FILE",
              description = "Also write the figures as JSON.")
          Path json)
      throws Exception {
    check("--runs", runs, 100);
    return report("render " + pack, new RenderBench(pack, runs, System.err::println).run(), json);
  }

  @Command(
      name = "overhead",
      mixinStandardHelpOptions = true,
      description =
          "Throughput of the full graph, embedded Kafka included, against the same stages in plain"
              + " loops on the same cores.")
  int overhead(
      @Option(
              names = "--pack",
              paramLabel = "NAME|DIR",
              description = "Model pack. Default: reference and probe.")
          String pack,
      @Option(
              names = "--runs",
              paramLabel = "N",
              defaultValue = "5",
              description = "How many pairs of runs. Default: ${DEFAULT-VALUE}.")
          int runs,
      @Option(
              names = "--sessions",
              paramLabel = "N",
              defaultValue = "8",
              description = "Sessions at once. Default: ${DEFAULT-VALUE}.")
          int sessions,
      @Option(names = "--quick", description = "One short pair: that it works, not how fast.")
          boolean quick,
      @Option(
              names = "--json",
              paramLabel = "FILE",
              description = "Also write the figures as JSON.")
          Path json)
      throws Exception {
    check("--runs", runs, 100);
    check("--sessions", sessions, 1000);
    OverheadBench bench = new OverheadBench(System.err::println);
    List<BenchResult.Line> lines = new ArrayList<>();
    for (String name : pack == null ? List.of("reference", "probe") : List.of(pack)) {
      boolean probe = name.equals("probe");
      OverheadBench.Load load =
          quick
              ? new OverheadBench.Load(name, 2, 1, 1, 1)
              : new OverheadBench.Load(name, sessions, probe ? 20 : 3, probe ? 3 : 1, runs);
      lines.addAll(
          bench.run(
              load,
              probe ? "overhead.probe_ratio" : "overhead.throughput_ratio",
              probe ? "overhead.probe_" : "overhead."));
    }
    return report("overhead", lines, json);
  }

  @Command(
      name = "latency",
      mixinStandardHelpOptions = true,
      description =
          "Latency of live sessions, computed by a consumer beside the engine: of the engine, of"
              + " first frames and of interrupts.")
  int latency(
      @Option(
              names = "--pack",
              paramLabel = "NAME|DIR",
              description = "Model pack. Default: probe, and reference with fewer sessions.")
          String pack,
      @Option(
              names = "--runs",
              paramLabel = "N",
              defaultValue = "3",
              description = "How many runs. Default: ${DEFAULT-VALUE}.")
          int runs,
      @Option(
              names = "--sessions",
              paramLabel = "N",
              defaultValue = "8",
              description = "Live sessions. Default: ${DEFAULT-VALUE}.")
          int sessions,
      @Option(
              names = "--half-load",
              paramLabel = "N",
              defaultValue = "20",
              description =
                  "Sessions that talk while others join; about half of the seats. Default:"
                      + " ${DEFAULT-VALUE}.")
          int halfLoad,
      @Option(names = "--quick", description = "One short run: that it works, not how fast.")
          boolean quick,
      @Option(
              names = "--json",
              paramLabel = "FILE",
              description = "Also write the figures as JSON.")
          Path json)
      throws Exception {
    check("--runs", runs, 100);
    check("--sessions", sessions, 1000);
    check("--half-load", halfLoad, 1000);
    LatencyBench bench = new LatencyBench(System.err::println);
    List<BenchResult.Line> lines = new ArrayList<>();
    for (String name : pack == null ? List.of("probe", "reference") : List.of(pack)) {
      boolean beside = name.equals("reference");
      LatencyBench.Load load =
          quick
              ? new LatencyBench.Load(name, 2, 1, Duration.ofSeconds(3), 0, 1)
              : beside
                  ? new LatencyBench.Load(name, 2, 1, LATENCY_WINDOW, 1, 1)
                  : new LatencyBench.Load(name, sessions, halfLoad, LATENCY_WINDOW, 1, runs);
      lines.addAll(
          bench.run(
              load,
              beside ? "latency.reference_" : "latency.",
              beside ? "idle.reference_cost_ratio" : "idle.cost_ratio"));
    }
    int code = report("latency", lines, json);
    if (!quick && !LatencyBench.agrees(lines)) {
      throw new IOException(
          "The consumer's latency and the trace's are more than a tenth apart (latency.agreement);"
              + " measure on a quiet machine, and if it stays so, mistrust the trace.");
    }
    return code;
  }

  @Command(
      name = "batching",
      mixinStandardHelpOptions = true,
      description =
          "What batches across sessions are worth on modelled devices, and what they cost on this"
              + " machine.")
  int batching(
      @Option(
              names = "--pack",
              paramLabel = "NAME|DIR",
              description = "Model pack to time. Default: probe and reference.")
          String pack,
      @Option(
              names = "--device",
              paramLabel = "DEVICE",
              defaultValue = "cpu",
              description = "What to time it on: cpu, cuda or cuda:N. Default: ${DEFAULT-VALUE}.")
          String deviceName,
      @Option(
              names = "--seeds",
              paramLabel = "N",
              defaultValue = "5",
              description = "Repetitions of each comparison. Default: ${DEFAULT-VALUE}.")
          int seeds,
      @Option(
              names = "--profiles",
              paramLabel = "DIR",
              description = "Also write what was timed as device profiles, DIR/PACK.device.json.")
          Path profiles,
      @Option(
              names = "--model",
              paramLabel = "FILE",
              description = "Also find the seats of this device profile.")
          Path model,
      @Option(names = "--quick", description = "A short run: that it works, not how much.")
          boolean quick,
      @Option(
              names = "--json",
              paramLabel = "FILE",
              description = "Also write the figures as JSON.")
          Path json)
      throws Exception {
    check("--seeds", seeds, 100);
    BatchingBench.Effort effort =
        quick ? BatchingBench.Effort.QUICK : BatchingBench.Effort.full(seeds);
    String device = device(deviceName);
    DeviceProfile profile = model == null ? null : DeviceProfileFile.read(model);
    BatchingBench bench = new BatchingBench(System.err::println);
    List<BenchResult.Line> lines = new ArrayList<>(bench.modelled(effort));
    lines.addAll(bench.hour(effort));
    if (profile != null) {
      lines.addAll(bench.profile(profile, effort));
    }
    for (String name : pack == null ? List.of("probe", "reference") : List.of(pack)) {
      lines.addAll(bench.pack(name, device, effort, profiles));
    }
    return report("batching", lines, json);
  }

  private String device(String name) {
    try {
      return Accelerator.parse(name).on(Worker.LOCAL).id();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  @Command(
      name = "overload",
      mixinStandardHelpOptions = true,
      description =
          "What admitted and refused sessions get when half as many again as there are seats ask"
              + " for one, and how full placement makes a cluster.")
  int overload(
      @Option(
              names = "--pack",
              paramLabel = "NAME|DIR",
              defaultValue = "probe",
              description = "Model pack. Default: ${DEFAULT-VALUE}.")
          String pack,
      @Option(
              names = "--profile",
              paramLabel = "FILE",
              description = "Capacity profile whose seats are given away.")
          Path profile,
      @Option(
              names = "--seats",
              paramLabel = "N",
              description = "Seats, instead of a profile. Default: 24.")
          Integer seats,
      @Option(
              names = "--runs",
              paramLabel = "N",
              defaultValue = "3",
              description = "How many runs. Default: ${DEFAULT-VALUE}.")
          int runs,
      @Option(names = "--quick", description = "One short run: that it works, not how well.")
          boolean quick,
      @Option(
              names = "--json",
              paramLabel = "FILE",
              description = "Also write the figures as JSON.")
          Path json)
      throws Exception {
    check("--runs", runs, 100);
    int given = seats == null ? 24 : seats;
    if (profile != null && seats == null) {
      given = CapacityProfile.read(profile).seats();
    }
    check("--seats", given, 10_000);
    OverloadBench.Load load =
        quick
            ? new OverloadBench.Load(
                pack, Math.min(given, 4), Duration.ofSeconds(3), Duration.ofSeconds(2), 1)
            : new OverloadBench.Load(
                pack, given, Duration.ofSeconds(15), Duration.ofSeconds(15), runs);
    return report("overload", new OverloadBench(System.err::println).run(load), json);
  }

  private void check(String option, int value, int most) {
    if (value < 1 || value > most) {
      throw new ParameterException(
          spec.commandLine(),
          "%s %d is not possible; give 1 to %d.".formatted(option, value, most));
    }
  }

  static int report(String name, List<BenchResult.Line> lines, Path json) throws IOException {
    BenchResult result =
        new BenchResult(
            name, BenchResult.thisMachine(), "avatarflow " + VersionProvider.version(), lines);
    result.print(System.out);
    if (json != null) {
      result.write(json);
    }
    return 0;
  }
}
