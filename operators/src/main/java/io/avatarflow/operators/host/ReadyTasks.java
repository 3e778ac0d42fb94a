package io.avatarflow.operators.host;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.Predicate;

/** The tasks of a device that wait for a step, by batch key and urgency. Not thread-safe. */
final class ReadyTasks {
  private static final Comparator<Waiting> URGENCY =
      Comparator.comparing((Waiting w) -> w.entry.task().urgency())
          .thenComparingLong(Waiting::sequence);

  private final Map<Object, PriorityQueue<Waiting>> byKey = new HashMap<>();
  private long sequence;

  /** A task and whose it is. */
  record Entry(DeviceTask task, SharedDevice.Lease lease) {}

  private record Waiting(Entry entry, long sequence) {}

  boolean isEmpty() {
    return byKey.isEmpty();
  }

  /** Adds a prepared task. */
  void add(Entry entry) {
    byKey
        .computeIfAbsent(entry.task().batchKey(), key -> new PriorityQueue<>(URGENCY))
        .add(new Waiting(entry, sequence++));
  }

  void removeIf(Predicate<Entry> condition) {
    byKey.values().forEach(queue -> queue.removeIf(waiting -> condition.test(waiting.entry)));
    byKey.values().removeIf(PriorityQueue::isEmpty);
  }

  /**
   * Removes the most urgent task and, with {@code batching}, what can join it: equal keys, at most
   * one task of a session, rows up to the largest batch of the leading task's stage.
   */
  List<Entry> takeBatch(boolean batching) {
    PriorityQueue<Waiting> queue =
        byKey.values().stream()
            .min((a, b) -> URGENCY.compare(a.element(), b.element()))
            .orElseThrow();
    List<Entry> batch = new ArrayList<>();
    Entry leader = queue.remove().entry;
    batch.add(leader);
    if (batching) {
      join(queue, leader, batch);
    }
    if (queue.isEmpty()) {
      byKey.remove(leader.task().batchKey());
    }
    return batch;
  }

  private static void join(PriorityQueue<Waiting> queue, Entry leader, List<Entry> batch) {
    int rows = leader.task().rows();
    int maxRows = leader.task().maxRows();
    Set<String> sessions = new HashSet<>();
    sessions.add(leader.task().sessionKey());
    List<Waiting> left = new ArrayList<>();
    while (rows < maxRows && !queue.isEmpty()) {
      Waiting next = queue.remove();
      DeviceTask task = next.entry.task();
      if (rows + task.rows() <= maxRows && sessions.add(task.sessionKey())) {
        rows += task.rows();
        batch.add(next.entry);
      } else {
        left.add(next);
      }
    }
    queue.addAll(left);
  }
}
