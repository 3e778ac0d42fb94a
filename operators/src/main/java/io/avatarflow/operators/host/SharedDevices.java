package io.avatarflow.operators.host;

import io.avatarflow.operators.stage.Placement;
import java.util.function.Consumer;

/**
 * The devices of a worker, shared by all operators and subtasks of its process that name equal
 * ones.
 *
 * @param accelerator where graphs run
 * @param cpuPool where encoders and image work run
 */
public record SharedDevices(DeviceSpec accelerator, DeviceSpec cpuPool) implements DeviceSource {
  /** One batch at a time on the CPU, and as many pool threads as there are cores. */
  public static SharedDevices ofThisMachine() {
    int cores = Runtime.getRuntime().availableProcessors();
    return new SharedDevices(DeviceSpec.accelerator("cpu", 1), DeviceSpec.cpuPool(cores));
  }

  @Override
  public DeviceExecutor acquire(Placement placement, Consumer<Throwable> onCrash) {
    return switch (placement) {
      case ACCELERATOR -> DeviceExecutors.acquire(accelerator, onCrash);
      case CPU_POOL -> DeviceExecutors.acquire(cpuPool, onCrash);
      case TASK ->
          throw new IllegalArgumentException(
              "Placement TASK has no device; its steps run in the mailbox.");
    };
  }
}
