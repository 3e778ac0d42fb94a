package io.avatarflow.operators.host;

import io.avatarflow.operators.stage.DeviceLoad;
import io.avatarflow.operators.stage.Placement;
import java.io.Serializable;
import java.util.function.Consumer;

/** Says which device a placement stands for; shipped with the job, asked on the worker. */
@FunctionalInterface
public interface DeviceSource extends Serializable {
  /**
   * Opens access to the device of a placement.
   *
   * @param placement CPU_POOL or ACCELERATOR; TASK needs no device
   * @param worker where the operator runs
   * @param onCrash told once, on the device's thread, when the device itself cannot go on
   */
  DeviceExecutor acquire(Placement placement, Worker worker, Consumer<Throwable> onCrash);

  /** The load of a worker's accelerator, told of every block that leaves the graph. */
  default DeviceLoad load(Worker worker) {
    return DeviceLoad.of("");
  }
}
