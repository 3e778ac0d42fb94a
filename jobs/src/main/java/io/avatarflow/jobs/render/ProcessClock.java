package io.avatarflow.jobs.render;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;

/** What this process has used so far: time since it started, and heap. */
final class ProcessClock {
  private ProcessClock() {}

  /** Seconds from the start of the process to an instant of {@link System#nanoTime}. */
  static double secondsUntil(long nanos) {
    long startedMillis = ManagementFactory.getRuntimeMXBean().getStartTime();
    double sinceInstant = (System.nanoTime() - nanos) / 1e9;
    return (System.currentTimeMillis() - startedMillis) / 1000.0 - sinceInstant;
  }

  /**
   * Peak of the heap in use, pools added up, MiB; an upper bound, since pools peak at different
   * times.
   */
  static double heapPeakMegabytes() {
    long bytes = 0;
    for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
      if (pool.getType() == MemoryType.HEAP) {
        bytes += pool.getPeakUsage().getUsed();
      }
    }
    return bytes / 1048576.0;
  }
}
