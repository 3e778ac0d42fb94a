package io.avatarflow.operators.fuzz;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;

/**
 * Entry point of the fuzzer: one input to the target that the first argument names.
 *
 * <p>The names of the two methods are those that Jazzer looks for.
 */
public final class FuzzDriver {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static FuzzTarget target;

  private FuzzDriver() {}

  /** Chooses the target. */
  public static void fuzzerInitialize(String[] args) {
    target =
        Arrays.stream(FuzzTarget.values())
            .filter(t -> t.id().equals(args[0]))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("No fuzz target " + args[0]));
  }

  /** Feeds one input. */
  public static void fuzzerTestOneInput(byte[] bytes) throws Exception {
    feed(target, bytes);
  }

  /**
   * Feeds one input to a target. Only what it allocates again when fed a second time counts: the
   * first time may load classes.
   *
   * @throws AssertionError if it allocated more than its bound
   */
  static void feed(FuzzTarget target, byte[] bytes) throws Exception {
    long allocated = allocatedBy(target, bytes);
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
