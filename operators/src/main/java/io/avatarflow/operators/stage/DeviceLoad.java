package io.avatarflow.operators.stage;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How much time the blocks of a process had left when they were finished, and how much those have
 * that still wait: the view of the load that the quality ladder decides by.
 *
 * <p>One for each device and process, whoever uses it; whoever releases blocks and whoever finishes
 * them find each other by the device's name. It remembers the last second of finished blocks and
 * forgets blocks that nobody finishes (their session failed) {@value #FORGET_SECONDS} s after their
 * deadline. Blocks without a deadline leave no trace. Reads no clock: times come with the calls.
 *
 * <p>Safe for use by any thread.
 */
public final class DeviceLoad {
  private static final long WINDOW_MICROS = 1_000_000;
  private static final int FORGET_SECONDS = 10;
  private static final int MOST_WAITING = 100_000;
  private static final int MOST_FINISHED = 20_000;
  private static final Map<String, DeviceLoad> LOADS = new ConcurrentHashMap<>();

  private final TreeMap<Long, Integer> waiting = new TreeMap<>();
  private final Deque<Finished> finished = new ArrayDeque<>();

  private record Finished(long atMicros, long slackMicros) {}

  /**
   * The load at a moment.
   *
   * @param finished blocks of the last second
   * @param shareBelow share of them that had less slack than asked about, 0 to 1; 0 without any
   * @param leastSlackMicros slack of the most urgent block that waits, MAX_VALUE without any; below
   *     zero it is late already
   */
  public record View(int finished, double shareBelow, long leastSlackMicros) {}

  /** The load of a device of this process. */
  public static DeviceLoad of(String device) {
    return LOADS.computeIfAbsent(device, name -> new DeviceLoad());
  }

  /** A block was released to the device. */
  public synchronized void released(long deadlineMicros) {
    if (deadlineMicros != MediaBlock.NO_DEADLINE && waiting.size() < MOST_WAITING) {
      waiting.merge(deadlineMicros, 1, Integer::sum);
    }
  }

  /** The frames of a block left the graph. */
  public synchronized void finished(long deadlineMicros, long nowMicros) {
    if (deadlineMicros == MediaBlock.NO_DEADLINE) {
      return;
    }
    waiting.computeIfPresent(deadlineMicros, (deadline, n) -> n == 1 ? null : n - 1);
    if (finished.size() < MOST_FINISHED) {
      finished.addLast(new Finished(nowMicros, deadlineMicros - nowMicros));
    }
    forget(nowMicros);
  }

  /**
   * Looks at the load.
   *
   * @param nowMicros microseconds since the epoch
   * @param slackMicros the slack that {@link View#shareBelow} asks about
   */
  public synchronized View view(long nowMicros, long slackMicros) {
    forget(nowMicros);
    long below = finished.stream().filter(f -> f.slackMicros < slackMicros).count();
    return new View(
        finished.size(),
        finished.isEmpty() ? 0 : (double) below / finished.size(),
        waiting.isEmpty() ? Long.MAX_VALUE : waiting.firstKey() - nowMicros);
  }

  private void forget(long nowMicros) {
    while (!finished.isEmpty() && finished.element().atMicros < nowMicros - WINDOW_MICROS) {
      finished.remove();
    }
    waiting.headMap(nowMicros - FORGET_SECONDS * 1_000_000L).clear();
  }
}
