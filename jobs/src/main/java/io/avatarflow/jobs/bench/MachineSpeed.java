package io.avatarflow.jobs.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * How fast this machine is at the moment, and how many of its cores it really gives, by a loop that
 * never changes.
 *
 * <p>A shared machine may run at half its speed for an hour, or give two cores the work of one, and
 * says so nowhere else; figures of two runs can only be compared where these are alike.
 */
public final class MachineSpeed {
  private static final int CORES = Runtime.getRuntime().availableProcessors();
  private static final int ROUNDS = 5;
  private static final int STEPS = 60_000_000;

  private MachineSpeed() {}

  /** Measures for about a second. */
  public static List<BenchResult.Line> measure() throws InterruptedException {
    List<Double> alone = new ArrayList<>();
    List<Double> cores = new ArrayList<>();
    ExecutorService threads = Executors.newFixedThreadPool(CORES);
    try {
      // The first rounds are compiled on the way.
      stepsPerSecond(threads, 1);
      stepsPerSecond(threads, CORES);
      for (int round = 0; round < ROUNDS; round++) {
        double one = stepsPerSecond(threads, 1);
        alone.add(one / 1e6);
        cores.add(stepsPerSecond(threads, CORES) / one);
      }
    } finally {
      threads.shutdownNow();
    }
    return List.of(
        BenchResult.Line.of("machine.thread_msteps", "M/s", alone),
        BenchResult.Line.of("machine.cores_given", "cores", cores));
  }

  /** Steps a second of some threads together. */
  private static double stepsPerSecond(ExecutorService threads, int count)
      throws InterruptedException {
    List<Callable<Long>> work = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long seed = i;
      work.add(() -> steps(seed));
    }
    long start = System.nanoTime();
    long mixed = 0;
    for (Future<Long> done : threads.invokeAll(work)) {
      try {
        mixed ^= done.get();
      } catch (ExecutionException e) {
        throw new IllegalStateException("A loop of arithmetic failed.", e);
      }
    }
    long nanos = System.nanoTime() - start;
    // Used, so that the compiler cannot leave the loop out; no mix of these seeds is zero.
    return mixed == 0 ? Double.NaN : count * (double) STEPS * 1e9 / nanos;
  }

  /** The 64-bit xorshift generator (Marsaglia 2003) with shifts 13, 7 and 17. */
  private static long steps(long seed) {
    long x = seed + 0x9E3779B97F4A7C15L;
    for (int i = 0; i < STEPS; i++) {
      x ^= x << 13;
      x ^= x >>> 7;
      x ^= x << 17;
    }
    return x;
  }
}
