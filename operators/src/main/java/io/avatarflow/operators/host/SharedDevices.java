package io.avatarflow.operators.host;

import io.avatarflow.operators.stage.DeviceLoad;
import io.avatarflow.operators.stage.Placement;
import java.util.function.Consumer;

/**
 * The devices of a worker, shared by all operators and subtasks of its process that name equal
 * ones.
 *
 * @param accelerator where graphs run
 * @param workers how many batches run at the same time there
 * @param cpuPool where encoders and image work run
 */
public record SharedDevices(Accelerator accelerator, int workers, DeviceSpec cpuPool)
    implements DeviceSource {
  @Override
  public DeviceLoad load(Worker worker) {
    return DeviceLoad.of(accelerator.on(worker).id());
  }

  @Override
  public DeviceExecutor acquire(Placement placement, Worker worker, Consumer<Throwable> onCrash) {
    return switch (placement) {
      case ACCELERATOR ->
          DeviceExecutors.acquire(
              DeviceSpec.accelerator(accelerator.on(worker).id(), workers), onCrash);
      case CPU_POOL -> DeviceExecutors.acquire(cpuPool, onCrash);
      case TASK ->
          throw new IllegalArgumentException(
              "Placement TASK has no device; its steps run in the mailbox.");
    };
  }

  /** Devices of this process that an operator uses; 0 when every job has ended. */
  public static int inUse() {
    return DeviceExecutors.inUse();
  }
}
