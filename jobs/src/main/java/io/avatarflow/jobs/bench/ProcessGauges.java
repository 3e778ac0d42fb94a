package io.avatarflow.jobs.bench;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.bytedeco.javacpp.Pointer;

/**
 * Reads what this process holds at a moment.
 *
 * <p>The heap is what a collection leaves that is requested here. The usage that memory pools keep
 * of their last collection would cost nothing, but in a process that allocates little of lasting
 * value the old generation is collected every quarter of an hour or never, so that it would say
 * nothing for most of a run. A requested collection halts everything for as long as it takes to
 * walk the live objects, 0.2 to 0.3 s for 70 MiB; so it is not part of every sample. Three of four
 * that the serial collector makes leave up to a twentieth of dead objects where they lie, by which
 * single values differ. Where the options of the Java machine forbid it, the heap is what happens
 * to be in use.
 */
final class ProcessGauges {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String ANONYMOUS = "RssAnon:";
  private static final double KIB = 1024;
  private static final double MIB = 1 << 20;

  private ProcessGauges() {}

  /**
   * All that can be read here; where the system does not tell a gauge, it is absent.
   *
   * @param collect whether the heap is to be known, for which a collection is requested
   */
  static Map<SoakGauge, Double> read(boolean collect) throws IOException {
    Map<SoakGauge, Double> values = new EnumMap<>(SoakGauge.class);
    if (collect) {
      System.gc();
      values.put(SoakGauge.HEAP, collectedHeap() / MIB);
    }
    values.put(SoakGauge.DIRECT, directBuffers() / MIB);
    values.put(SoakGauge.NATIVE, Pointer.totalBytes() / MIB);
    if (Files.exists(STATUS)) {
      anonymousKib(Files.readAllLines(STATUS))
          .ifPresent(kib -> values.put(SoakGauge.ANONYMOUS, kib * KIB / MIB));
    }
    values.put(SoakGauge.THREADS, (double) ManagementFactory.getThreadMXBean().getThreadCount());
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix) {
      values.put(SoakGauge.FILES, (double) unix.getOpenFileDescriptorCount());
    }
    return values;
  }

  /** What the last collection of each pool of the heap left; of one that keeps none, its usage. */
  private static long collectedHeap() {
    long bytes = 0;
    for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
      if (pool.getType() == MemoryType.HEAP) {
        MemoryUsage collected = pool.getCollectionUsage();
        bytes += collected == null ? pool.getUsage().getUsed() : collected.getUsed();
      }
    }
    return bytes;
  }

  /** Without mapped files, of which the broker has some for each segment that it keeps. */
  private static double directBuffers() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .filter(pool -> pool.getName().equals("direct"))
        .mapToLong(BufferPoolMXBean::getMemoryUsed)
        .sum();
  }

  /** Resident anonymous memory by the lines of a process's status; empty where they do not tell. */
  static OptionalLong anonymousKib(List<String> status) {
    return status.stream()
        .filter(line -> line.startsWith(ANONYMOUS))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst();
  }
}
