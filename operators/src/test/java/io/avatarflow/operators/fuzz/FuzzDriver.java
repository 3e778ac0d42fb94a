package io.avatarflow.operators.fuzz;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Arrays;

/**
 * Entry point of the fuzzer: one input to the target that the first argument names, again and again
 * until the process has used the seconds of processor time that the second one gives.
 *
 * <p>The names of the two methods are those that Jazzer looks for.
 */
public final class FuzzDriver {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** Of processor time: a machine that has other work, or is stopped, makes no finding. */
  private static final Duration LONGEST = Duration.ofSeconds(10);

  private static final OperatingSystemMXBean PROCESS =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private static FuzzTarget target;
  private static long budgetNanos;

  private FuzzDriver() {}

  /** Chooses the target and how long it is searched. */
  public static void fuzzerInitialize(String[] args) {
    target =
        Arrays.stream(FuzzTarget.values())
            .filter(t -> t.id().equals(args[0]))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("No fuzz target " + args[0]));
    budgetNanos = Duration.ofSeconds(Long.parseLong(args[1])).toNanos();
  }

  /** Feeds one input. */
  public static void fuzzerTestOneInput(byte[] bytes) throws Exception {
    feed(target, bytes);
    if (PROCESS.getProcessCpuTime() > budgetNanos) {
      end();
    }
  }

  /** The fuzzer ends on this signal when the input is done, and says how many it tried. */
  private static void end() throws IOException, InterruptedException {
    String pid = Long.toString(ProcessHandle.current().pid());
    new ProcessBuilder("kill", "-USR1", pid).start().waitFor();
  }

  /**
   * Feeds one input to a target. Only what it allocates again when fed a second time counts: the
   * first time may load classes.
   *
   * @throws AssertionError if it allocated more than its bound, or took too long
   */
  static void feed(FuzzTarget target, byte[] bytes) throws Exception {
    long start = THREADS.getCurrentThreadCpuTime();
    long allocated = allocatedBy(target, bytes);
    Duration taken = Duration.ofNanos(THREADS.getCurrentThreadCpuTime() - start);
    if (taken.compareTo(LONGEST) > 0) {
      throw new AssertionError(
          "Target %s took %d s for an input of %d bytes; %d s are allowed."
              .formatted(target.id(), taken.toSeconds(), bytes.length, LONGEST.toSeconds()));
    }
    if (allocated > target.allocationBound()) {
      allocated = allocatedBy(target, bytes);
    }
    if (allocated > target.allocationBound()) {
      throw new AssertionError(
          "Target %s allocated %d bytes for an input of %d; its bound is %d."
              .formatted(target.id(), allocated, bytes.length, target.allocationBound()));
    }
  }

  private static long allocatedBy(FuzzTarget target, byte[] bytes) throws Exception {
    long thread = Thread.currentThread().getId();
    long before = THREADS.getThreadAllocatedBytes(thread);
    target.decode(bytes);
    return THREADS.getThreadAllocatedBytes(thread) - before;
  }
}
