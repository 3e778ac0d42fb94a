package io.avatarflow.operators.host;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The devices of this process, by what they are, with a count of who uses them.
 *
 * <p>The first operator that acquires a device starts its threads, the last one that lets go of it
 * ends them. A device that crashed serves nobody any more: the next operator gets a fresh one.
 */
final class DeviceExecutors {
  private static final Map<DeviceSpec, SharedDevice> DEVICES = new HashMap<>();

  private DeviceExecutors() {}

  static DeviceExecutor acquire(DeviceSpec spec, Consumer<Throwable> onCrash) {
    synchronized (DEVICES) {
      SharedDevice device = DEVICES.get(spec);
      if (device == null || device.crashed()) {
        device = new SharedDevice(spec);
        DEVICES.put(spec, device);
      }
      return device.lease(onCrash);
    }
  }

  /** Devices that somebody uses. */
  static int inUse() {
    synchronized (DEVICES) {
      return DEVICES.size();
    }
  }

  /** Counts a user out; ends the device behind the last one. */
  static void release(SharedDevice device) {
    boolean last;
    synchronized (DEVICES) {
      last = device.leaseEnded();
      if (last) {
        DEVICES.remove(device.spec(), device);
      }
    }
    if (last) {
      device.stop();
    }
  }
}
