package io.avatarflow.jobs.lanes;

import io.avatarflow.schemas.SessionPartitioner;
import java.io.Serializable;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;

/**
 * Which partition of the input topic which subtask reads, such that it holds the sessions whose
 * state the subtask owns.
 *
 * @param maxParallelism key groups of the job
 * @param partitions partitions of the input topic, a divisor of {@code maxParallelism}
 */
public record LaneLayout(int maxParallelism, int partitions) implements Serializable {

  /**
   * @throws IllegalArgumentException if partitions would not hold equally many key groups
   */
  public LaneLayout {
    new SessionPartitioner(maxParallelism, partitions);
  }

  /**
   * The subtask that reads a partition.
   *
   * @throws IllegalArgumentException if the topic was given partitions since the job was started,
   *     or key groups of the partition belong to several subtasks
   */
  public int owner(int partition, int parallelism) {
    if (partition >= partitions) {
      throw new IllegalArgumentException(
          "The input topic has a partition %d, but had %d partitions when the job was started; start the job again from a savepoint."
              .formatted(partition, partitions));
    }
    int each = maxParallelism / partitions;
    int first = subtask(partition * each, parallelism);
    if (subtask((partition + 1) * each - 1, parallelism) != first) {
      throw new IllegalArgumentException(
          "Parallelism %d divides the key groups of partition %d of %d; choose a divisor of %3$d."
              .formatted(parallelism, partition, partitions));
    }
    return first;
  }

  private int subtask(int keyGroup, int parallelism) {
    return KeyGroupRangeAssignment.computeOperatorIndexForKeyGroup(
        maxParallelism, parallelism, keyGroup);
  }

  /**
   * Checks that every partition can be read by one subtask.
   *
   * @throws IllegalArgumentException if not
   */
  public void check(int parallelism) {
    for (int partition = 0; partition < partitions; partition++) {
      owner(partition, parallelism);
    }
  }

  /** The partition that a session's records belong on. */
  int partition(String sessionKey) {
    return new SessionPartitioner(maxParallelism, partitions)
        .partitionOfKeyGroup(SessionPartitioner.keyGroup(sessionKey, maxParallelism));
  }

  /** A key of no session that belongs on a partition; what has none that does travels under it. */
  String placeholder(int partition) {
    int i = 0;
    while (partition("misplaced-" + i) != partition) {
      i++;
    }
    return "misplaced-" + i;
  }
}
