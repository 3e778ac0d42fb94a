package io.avatarflow.operators.batching;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The steps that wait for a device, and the policy by which they become batches.
 *
 * <p>Greedy: whenever the device has room, what is there goes, without waiting for company. The
 * most urgent item of all leads; those of equal key join it in the order of their urgency, one of
 * each session, up to the rows that its kind allows and that {@link BatchLimit} finds worth while.
 * Steps of different index, of different sessions and of different subtasks share batches, since
 * nothing but the key is compared. Urgent is the earliest deadline, then the smallest block, then
 * what came first.
 *
 * <p>One thread at a time.
 *
 * @param <T> the items
 */
public final class BatchFormer<T extends BatchItem> {
  private final BatchLimit limit;
  private final Map<Object, PriorityQueue<Waiting<T>>> lines = new HashMap<>();
  private final Set<String> sessions = new HashSet<>();
  private final List<Waiting<T>> left = new ArrayList<>();
  private long sequence;
  private int size;

  private record Waiting<T extends BatchItem>(T item, long sequence)
      implements Comparable<Waiting<T>> {
    private static final Comparator<Waiting<?>> URGENCY =
        Comparator.<Waiting<?>>comparingLong(w -> w.item.deadlineMicros())
            .thenComparingLong(w -> w.item.block())
            .thenComparingLong(Waiting::sequence);

    @Override
    public int compareTo(Waiting<T> other) {
      return URGENCY.compare(this, other);
    }
  }

  /**
   * @param limit how large batches are worth being
   */
  public BatchFormer(BatchLimit limit) {
    this.limit = limit;
  }

  /** True when nothing waits. */
  public boolean isEmpty() {
    return size == 0;
  }

  /** How many items wait. */
  public int size() {
    return size;
  }

  /** Puts an item in line. */
  public void add(T item) {
    lines
        .computeIfAbsent(item.batchKey(), key -> new PriorityQueue<>())
        .add(new Waiting<>(item, sequence++));
    size++;
  }

  /** Takes items out of line that will not be run. */
  public void removeIf(Predicate<T> condition) {
    size = 0;
    for (PriorityQueue<Waiting<T>> line : lines.values()) {
      line.removeIf(waiting -> condition.test(waiting.item));
      size += line.size();
    }
    lines.values().removeIf(PriorityQueue::isEmpty);
  }

  /** Takes out the items of the next batch, the most urgent first; at least one must wait. */
  public void take(Consumer<T> batch) {
    PriorityQueue<Waiting<T>> line = mostUrgentLine();
    T leader = line.remove().item;
    batch.accept(leader);
    int rows = leader.rows();
    int most = Math.min(leader.maxRows(), limit.rows(leader.batchKey(), leader.maxRows()));
    int taken = 1;
    if (rows < most && !line.isEmpty()) {
      sessions.add(leader.sessionKey());
      while (rows < most && !line.isEmpty()) {
        Waiting<T> next = line.remove();
        T item = next.item;
        if (rows + item.rows() <= most && sessions.add(item.sessionKey())) {
          rows += item.rows();
          taken++;
          batch.accept(item);
        } else {
          left.add(next);
        }
      }
      line.addAll(left);
      left.clear();
      sessions.clear();
    }
    size -= taken;
    if (line.isEmpty()) {
      lines.remove(leader.batchKey());
    }
  }

  private PriorityQueue<Waiting<T>> mostUrgentLine() {
    PriorityQueue<Waiting<T>> best = null;
    for (PriorityQueue<Waiting<T>> line : lines.values()) {
      if (best == null || line.element().compareTo(best.element()) < 0) {
        best = line;
      }
    }
    if (best == null) {
      throw new IllegalStateException("No batch can be formed of nothing; ask isEmpty() first.");
    }
    return best;
  }
}
