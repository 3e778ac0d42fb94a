package io.avatarflow.operators.stage;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How much time the blocks of a process had left when they were finished, and how much those have
 * that still wait: the view of the load that the quality ladder decides by.
 *
 * <p>One for each device and process, whoever uses it; whoever releases blocks and whoever finishes
 * them find each other by the device's name. It remembers the last second of finished blocks.
 * Blocks of a session that failed are forgotten with it, and blocks that nobody finishes for
 * another reason {@value #FORGET_SECONDS} s after their deadline. Blocks without a deadline leave
 * no trace. Reads no clock: times come with the calls.
 *
 * <p>Safe for use by any thread.
 */
public final class DeviceLoad {
  private static final long WINDOW_MICROS = 1_000_000;
  private static final int FORGET_SECONDS = 10;
  private static final int MOST_WAITING = 100_000;
  private static final int MOST_FINISHED = 20_000;
  private static final Map<String, DeviceLoad> LOADS = new ConcurrentHashMap<>();

  /** How many blocks wait by deadline, and the deadlines of each session's in their order. */
  private final TreeMap<Long, Integer> waiting = new TreeMap<>();

  private final Map<String, Deque<Long>> bySession = new HashMap<>();
  private final Deque<Finished> finished = new ArrayDeque<>();
  private int waitingBlocks;

  private record Finished(long atMicros, long slackMicros) {}

  /**
   * The load at a moment.
   *
   * @param finished blocks of the last second
   * @param shareBelow share of them that had less slack than asked about, 0 to 1; 0 without any
   * @param leastSlackMicros slack of the most urgent block that waits, MAX_VALUE without any; below
   *     zero it is late already
   * @param waiting blocks that wait
   * @param late those of them whose deadline has passed
   */
  public record View(
      int finished, double shareBelow, long leastSlackMicros, int waiting, int late) {}

  /** The load of a device of this process. */
  public static DeviceLoad of(String device) {
    return LOADS.computeIfAbsent(device, name -> new DeviceLoad());
  }

  /** A block of a session was released to the device. */
  public synchronized void released(String sessionKey, long deadlineMicros) {
    if (deadlineMicros != MediaBlock.NO_DEADLINE && waitingBlocks < MOST_WAITING) {
      bySession.computeIfAbsent(sessionKey, key -> new ArrayDeque<>()).addLast(deadlineMicros);
      waiting.merge(deadlineMicros, 1, Integer::sum);
      waitingBlocks++;
    }
  }

  /** The frames of a block left the graph; those of its session before it have too. */
  public synchronized void finished(String sessionKey, long deadlineMicros, long nowMicros) {
    if (deadlineMicros == MediaBlock.NO_DEADLINE) {
      return;
    }
    forgetUpTo(sessionKey, deadlineMicros);
    if (finished.size() < MOST_FINISHED) {
      finished.addLast(new Finished(nowMicros, deadlineMicros - nowMicros));
    }
    forgetOld(nowMicros);
  }

  /** No block of a session will be finished any more. */
  public synchronized void forget(String sessionKey) {
    forgetUpTo(sessionKey, Long.MAX_VALUE);
  }

  /**
   * Who releases blocks starts anew, so nobody will finish what waits; what others wait for is
   * missed.
   */
  public synchronized void restart() {
    waiting.clear();
    bySession.clear();
    waitingBlocks = 0;
  }

  /**
   * Looks at the load.
   *
   * @param nowMicros microseconds since the epoch
   * @param slackMicros the slack that {@link View#shareBelow} asks about
   */
  public synchronized View view(long nowMicros, long slackMicros) {
    forgetOld(nowMicros);
    long below = finished.stream().filter(f -> f.slackMicros < slackMicros).count();
    return new View(
        finished.size(),
        finished.isEmpty() ? 0 : (double) below / finished.size(),
        waiting.isEmpty() ? Long.MAX_VALUE : waiting.firstKey() - nowMicros,
        waitingBlocks,
        waiting.headMap(nowMicros).values().stream().mapToInt(Integer::intValue).sum());
  }

  private void forgetOld(long nowMicros) {
    while (!finished.isEmpty() && finished.element().atMicros < nowMicros - WINDOW_MICROS) {
      finished.remove();
    }
    long oldest = nowMicros - FORGET_SECONDS * 1_000_000L;
    if (!waiting.isEmpty() && waiting.firstKey() < oldest) {
      List.copyOf(bySession.keySet()).forEach(sessionKey -> forgetUpTo(sessionKey, oldest));
    }
  }

  private void forgetUpTo(String sessionKey, long deadlineMicros) {
    Deque<Long> deadlines = bySession.get(sessionKey);
    if (deadlines == null) {
      return;
    }
    while (!deadlines.isEmpty() && deadlines.element() <= deadlineMicros) {
      waiting.computeIfPresent(deadlines.remove(), (deadline, n) -> n == 1 ? null : n - 1);
      waitingBlocks--;
    }
    if (deadlines.isEmpty()) {
      bySession.remove(sessionKey);
    }
  }
}
