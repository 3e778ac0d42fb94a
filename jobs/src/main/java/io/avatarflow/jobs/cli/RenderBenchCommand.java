package io.avatarflow.jobs.cli;

import io.avatarflow.jobs.bench.RenderBench;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code avatarflow bench render}. */
@Command(
    name = "render",
    mixinStandardHelpOptions = true,
    description =
        "Renders the bundled sample in new processes: speed, start-up, heap and engine latency.")
final class RenderBenchCommand implements Callable<Integer> {
  @Mixin private BenchOptions options = new BenchOptions(3, "reference");

  @Override
  public Integer call() throws Exception {
    int runs = options.quick() ? 1 : options.runs();
    return options.report(
        "render " + options.pack(),
        new RenderBench(options.pack(), runs, System.err::println).run());
  }
}
