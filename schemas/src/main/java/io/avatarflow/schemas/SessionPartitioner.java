package io.avatarflow.schemas;

/**
 * Chooses the partition of a session's records so that a partition holds whole Flink key groups, in
 * order.
 *
 * <p>The key group is Flink's own: the Java hash of the session key, mixed by one MurmurHash3 round
 * and its finaliser, modulo the job's max parallelism. Partition {@code p} of {@code P} holds the
 * key groups {@code p * M / P} to {@code (p + 1) * M / P - 1} of {@code M}; P divides M, so that
 * all partitions hold equally many. At a parallelism that divides P each subtask owns whole
 * partitions. Producers in other languages check themselves against {@code
 * partitioner-vectors.json} beside this class.
 *
 * <p>Immutable and safe for use by any thread.
 */
public final class SessionPartitioner {
  /** Highest max parallelism that Flink allows. */
  public static final int MAX_KEY_GROUPS = 1 << 15;

  private final int maxParallelism;
  private final int partitions;

  /**
   * Creates a partitioner.
   *
   * @param maxParallelism max parallelism of the job that reads the topic, 1 to 32768
   * @param partitions partitions of the topic, a divisor of {@code maxParallelism}
   * @throws IllegalArgumentException if the numbers do not fit each other
   */
  public SessionPartitioner(int maxParallelism, int partitions) {
    if (maxParallelism < 1 || maxParallelism > MAX_KEY_GROUPS) {
      throw new IllegalArgumentException(
          String.format(
              "Max parallelism %d is not in 1 to %d; give the one of the job.",
              maxParallelism, MAX_KEY_GROUPS));
    }
    if (partitions < 1 || maxParallelism % partitions != 0) {
      throw new IllegalArgumentException(
          String.format(
              "%d partitions do not divide the max parallelism %d; create the topic with a divisor"
                  + " of it.",
              partitions, maxParallelism));
    }
    this.maxParallelism = maxParallelism;
    this.partitions = partitions;
  }

  /** Returns the partition of a session's records, 0 to the number of partitions less 1. */
  public int partition(SessionKey key) {
    return partitionOfKeyGroup(keyGroup(key.toString(), maxParallelism));
  }

  /**
   * Returns the partition that holds a key group.
   *
   * @param keyGroup 0 to the max parallelism less 1
   */
  public int partitionOfKeyGroup(int keyGroup) {
    return (int) ((long) keyGroup * partitions / maxParallelism);
  }

  /**
   * Returns the key group that Flink assigns to a key of type String.
   *
   * @param key any text
   * @param maxParallelism max parallelism of the job, 1 to 32768
   */
  public static int keyGroup(String key, int maxParallelism) {
    return murmur(key.hashCode()) % maxParallelism;
  }

  /**
   * Hashes four bytes by MurmurHash3 x86 32 with seed 0 and makes the result non-negative. See A.
   * Appleby, MurmurHash3; the constants are its own.
   */
  static int murmur(int code) {
    int hash = Integer.rotateLeft(code * 0xcc9e2d51, 15) * 0x1b873593;
    hash = Integer.rotateLeft(hash, 13) * 5 + 0xe6546b64;
    hash ^= 4;
    hash = (hash ^ (hash >>> 16)) * 0x85ebca6b;
    hash = (hash ^ (hash >>> 13)) * 0xc2b2ae35;
    hash ^= hash >>> 16;
    return hash == Integer.MIN_VALUE ? 0 : Math.abs(hash);
  }
}
