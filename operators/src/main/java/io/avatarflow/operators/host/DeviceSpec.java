package io.avatarflow.operators.host;

import java.io.Serializable;

/**
 * A device of a process. Operators that name equal devices share one.
 *
 * @param id what its threads and metrics are called, for example {@code cpu} or {@code cuda:0}
 * @param threads how many batches it runs at the same time, 1 or more
 * @param batching true when turns of different sessions share batches, false for one turn at a time
 */
public record DeviceSpec(String id, int threads, boolean batching) implements Serializable {
  public DeviceSpec {
    if (threads < 1) {
      throw new IllegalArgumentException(
          "Device \"%s\" has %d threads; give it 1 or more.".formatted(id, threads));
    }
  }

  /** A device that runs graphs, in batches. */
  public static DeviceSpec accelerator(String id, int threads) {
    return new DeviceSpec(id, threads, true);
  }

  /** The threads that encode and work on images, one turn each. */
  public static DeviceSpec cpuPool(int threads) {
    return new DeviceSpec("cpu-pool", threads, false);
  }
}
