package io.avatarflow.jobs.cli;

import io.avatarflow.jobs.bench.BenchResult;
import io.avatarflow.jobs.capacity.CapacityProfile;
import io.avatarflow.jobs.plan.CapacityPlan;
import io.avatarflow.jobs.plan.CapacityPlan.Needs;
import io.avatarflow.jobs.plan.CapacityPlan.WhatIf;
import io.avatarflow.jobs.plan.Traffic;
import io.avatarflow.jobs.render.UsageException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code avatarflow plan}: what a cluster needs for some traffic. */
@Command(
    name = "plan",
    mixinStandardHelpOptions = true,
    description =
        "Computes seats, processes, memory, partitions and bandwidth for expected traffic from a"
            + " measured capacity profile.")
final class PlanCommand implements Callable<Integer> {
  @Option(
      names = "--profile",
      paramLabel = "FILE",
      required = true,
      description = "Capacity profile, as avatarflow bench capacity writes it.")
  private Path profile;

  @Option(
      names = "--traffic",
      paramLabel = "FILE",
      description = "Expected traffic, YAML or JSON; docs/capacity.md says what it holds.")
  private Path traffic;

  @Option(
      names = "--sessions",
      paramLabel = "N",
      description = "Live sessions at the peak, instead of a traffic file.")
  private Integer sessions;

  @Option(
      names = "--speech-share",
      paramLabel = "S",
      defaultValue = "1",
      description =
          "With --sessions: share of the time in which they speak. Default: ${DEFAULT-VALUE}.")
  private double speechShare;

  @Option(
      names = "--on-time",
      paramLabel = "S",
      defaultValue = "0.995",
      description = "Share of the frames that is to be on time. Default: ${DEFAULT-VALUE}.")
  private double onTime;

  @Option(
      names = "--refused",
      paramLabel = "S",
      defaultValue = "0.01",
      description =
          "Share of arriving sessions that may be refused at the peak. Default: ${DEFAULT-VALUE}.")
  private double refused;

  @Option(
      names = "--spare",
      paramLabel = "N",
      defaultValue = "1",
      description = "Spare task managers of each cell. Default: ${DEFAULT-VALUE}.")
  private int spare;

  @Option(names = "--json", paramLabel = "FILE", description = "Also write the plan as JSON.")
  private Path json;

  @Override
  public Integer call() throws IOException {
    if ((traffic == null) == (sessions == null)) {
      throw new UsageException("Give either --traffic FILE or --sessions N.");
    }
    Traffic expected;
    CapacityPlan.Goal goal;
    try {
      goal = new CapacityPlan.Goal(onTime, refused, spare);
      expected = traffic == null ? Traffic.of(sessions, speechShare) : Traffic.read(traffic);
      expected.check();
    } catch (IllegalArgumentException e) {
      throw new UsageException(e.getMessage());
    }
    CapacityProfile measured = CapacityProfile.read(profile);
    CapacityPlan plan = new CapacityPlan(measured, goal);
    Needs needs = plan.needs(expected);
    List<WhatIf> others = plan.whatIf(expected);
    print(System.out, measured, plan, expected, needs, others);
    if (json != null) {
      write(measured, needs, others);
    }
    return 0;
  }

  private void print(
      PrintStream out,
      CapacityProfile measured,
      CapacityPlan plan,
      Traffic expected,
      Needs needs,
      List<WhatIf> others) {
    out.printf(
        "Plan for pack %s on %s (%s), %d seats a process certified, %.2f of what is modelled%n",
        measured.pack(),
        measured.device(),
        measured.machine(),
        measured.seats(),
        plan.calibration());
    out.printf(
        Locale.ROOT,
        "%s sessions at the peak on average, speaking %.0f %% of the time%n%n",
        count(needs.offered()),
        expected.speechShare() * 100);
    row(out, "seats", needs.seats() + "");
    for (Map.Entry<String, Double> tenant : expected.shares()) {
      if (!expected.tenants().isEmpty()) {
        row(
            out,
            "  of tenant " + tenant.getKey(),
            count(Math.ceil(needs.seats() * tenant.getValue())));
      }
    }
    row(out, "seats of a task manager", needs.seatsOfProcess() + "");
    row(out, "task managers", "%d, %d of each cell spare".formatted(needs.processes(), spare));
    row(out, "cells", needs.cells() + "");
    row(out, "parallelism of a cell", needs.parallelism() + "");
    row(out, "partitions of a topic", needs.partitions() + "");
    row(out, "GPUs", needs.gpus() + "");
    row(out, "memory of a task manager", "%d MiB".formatted(needs.bytesOfProcess() >> 20));
    row(out, "input", mbits(needs.inputBytesPerSecond()));
    row(out, "frames", mbits(needs.outputBytesPerSecond()));
    row(out, "frames on time, all seats taken", percent(needs.onTime()));
    out.printf("%n%-34s %8s %8s %8s %10s%n", "what if", "seats", "a TM", "TMs", "on time");
    for (WhatIf other : others) {
      out.printf(
          "%-34s %8d %8d %8d %10s%n",
          other.what(),
          other.needs().seats(),
          other.needs().seatsOfProcess(),
          other.needs().processes(),
          percent(other.needs().onTime()));
    }
  }

  private static void row(PrintStream out, String what, String value) {
    out.printf("%-34s %s%n", what, value);
  }

  private static String count(double value) {
    return "%d".formatted(Math.round(value));
  }

  private static String mbits(double bytesPerSecond) {
    return String.format(Locale.ROOT, "%.1f Mbit/s", bytesPerSecond * 8 / 1e6);
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.2f %%", share * 100);
  }

  private void write(CapacityProfile measured, Needs needs, List<WhatIf> others)
      throws IOException {
    List<BenchResult.Line> lines = new ArrayList<>(CapacityPlan.lines("plan.", needs));
    for (WhatIf other : others) {
      String name =
          other
              .what()
              .toLowerCase(Locale.ROOT)
              .replace("%", "percent")
              .replaceAll("[^a-z0-9.]+", "_");
      lines.addAll(CapacityPlan.lines("plan.what_if." + name + ".", other.needs()));
    }
    new BenchResult("plan", measured.machine(), measured.versions(), lines).write(json);
  }
}
