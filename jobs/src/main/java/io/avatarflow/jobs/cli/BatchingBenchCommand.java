package io.avatarflow.jobs.cli;

import io.avatarflow.jobs.bench.BatchingBench;
import io.avatarflow.jobs.bench.BenchResult;
import io.avatarflow.operators.host.Accelerator;
import io.avatarflow.operators.host.Worker;
import io.avatarflow.operators.modelled.DeviceProfile;
import io.avatarflow.operators.modelled.DeviceProfileFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code avatarflow bench batching}. */
@Command(
    name = "batching",
    mixinStandardHelpOptions = true,
    description =
        "What batches across sessions are worth on modelled devices, and what they cost on this"
            + " machine.")
final class BatchingBenchCommand implements Callable<Integer> {
  @Mixin private BenchOptions options = new BenchOptions(5, "probe", "reference");

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      defaultValue = "cpu",
      description = "What to time the packs on: cpu, cuda or cuda:N. Default: ${DEFAULT-VALUE}.")
  private String device;

  @Option(
      names = "--profiles",
      paramLabel = "DIR",
      description = "Also write what was timed as device profiles, DIR/PACK.device.json.")
  private Path profiles;

  @Option(
      names = "--model",
      paramLabel = "FILE",
      description = "Also find the seats of this device profile.")
  private Path model;

  @Override
  public Integer call() throws Exception {
    int runs = options.runs();
    BatchingBench.Effort effort =
        options.quick() ? BatchingBench.Effort.QUICK : BatchingBench.Effort.full(runs);
    String deviceId = deviceId();
    DeviceProfile profile = model == null ? null : DeviceProfileFile.read(model);
    BatchingBench bench = new BatchingBench(System.err::println);
    List<BenchResult.Line> lines = new ArrayList<>(bench.modelled(effort));
    lines.addAll(bench.hour(effort));
    if (profile != null) {
      lines.addAll(bench.profile(profile, effort));
    }
    for (String name : options.packs()) {
      lines.addAll(bench.pack(name, deviceId, effort, profiles));
    }
    return options.report("batching", lines);
  }

  private String deviceId() {
    try {
      return Accelerator.parse(device).on(Worker.LOCAL).id();
    } catch (IllegalArgumentException e) {
      throw options.usage(e.getMessage());
    }
  }
}
