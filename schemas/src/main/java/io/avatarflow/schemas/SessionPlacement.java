package io.avatarflow.schemas;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Mints session keys that lie where seats are free.
 *
 * <p>A session runs where Flink's hash of its key puts it, so a random key meets a full process
 * long before all are full. This draws random names until one hashes to a subtask of the process
 * with the most free seats. Who opens sessions keeps one of these, tells it what each process
 * publishes ({@link #seats}), and asks for a key per session ({@link #mint}). Seats given away
 * since a report are counted as taken until a report is young enough to know of them.
 *
 * <p>Not thread-safe. Reads no clock.
 */
public final class SessionPlacement {
  /** A session that was opened may take so long to show in a report. */
  private static final long SETTLE_MICROS = 1_000_000;

  /** Reports older than this say nothing: their process may be gone. */
  private static final long STALE_MICROS = 30_000_000;

  private static final int NAME_LENGTH = 20;
  private static final String LETTERS = "abcdefghijklmnopqrstuvwxyz234567";

  private final int maxParallelism;
  private final int parallelism;
  private final RandomGenerator random;
  private final Map<String, Pool> pools = new HashMap<>();
  private final Pool[] bySubtask;

  /** What is known of a process. */
  private static final class Pool {
    private int free;
    private long atMicros;
    private final Deque<Long> minted = new ArrayDeque<>();

    private int left() {
      return free - minted.size();
    }
  }

  /**
   * Creates a placement that knows of no seats yet.
   *
   * @param maxParallelism max parallelism of the job
   * @param parallelism subtasks of its operators, 1 to {@code maxParallelism}
   * @param random draws names; to be as unpredictable as session names should be
   */
  public SessionPlacement(int maxParallelism, int parallelism, RandomGenerator random) {
    if (maxParallelism > SessionPartitioner.MAX_KEY_GROUPS
        || parallelism < 1
        || parallelism > maxParallelism) {
      throw new IllegalArgumentException(
          String.format(
              "Parallelism %d with max parallelism %d is not possible; give 1 to the max"
                  + " parallelism, which is at most %d.",
              parallelism, maxParallelism, SessionPartitioner.MAX_KEY_GROUPS));
    }
    this.maxParallelism = maxParallelism;
    this.parallelism = parallelism;
    this.random = random;
    this.bySubtask = new Pool[parallelism];
  }

  /**
   * Returns the subtask that a key's session runs on: Flink gives each a contiguous range of key
   * groups.
   */
  public static int subtask(String key, int maxParallelism, int parallelism) {
    int keyGroup = SessionPartitioner.keyGroup(key, maxParallelism);
    return (int) ((long) keyGroup * parallelism / maxParallelism);
  }

  /**
   * Takes note of what a subtask published.
   *
   * @param subtask 0 to the parallelism less 1; others are passed over
   * @param pool names the process, whose seats all its subtasks share
   * @param free seats that it has left
   * @param atMicros when it said so, microseconds since the epoch
   */
  public void seats(int subtask, String pool, int free, long atMicros) {
    if (subtask < 0 || subtask >= parallelism) {
      return;
    }
    Pool known = pools.computeIfAbsent(pool, name -> new Pool());
    bySubtask[subtask] = known;
    pools.values().retainAll(Arrays.asList(bySubtask));
    if (atMicros >= known.atMicros) {
      known.free = free;
      known.atMicros = atMicros;
      while (!known.minted.isEmpty() && known.minted.element() < atMicros - SETTLE_MICROS) {
        known.minted.remove();
      }
    }
  }

  /**
   * Mints a key for a new session; empty when no process has a free seat.
   *
   * @param tenant whom the session belongs to
   * @param nowMicros microseconds since the epoch
   */
  public Optional<SessionKey> mint(String tenant, long nowMicros) {
    Pool best = null;
    for (Pool pool : bySubtask) {
      if (pool != null
          && pool.left() > 0
          && pool.atMicros > nowMicros - STALE_MICROS
          && (best == null || pool.left() > best.left())) {
        best = pool;
      }
    }
    if (best == null) {
      return Optional.empty();
    }
    while (true) {
      SessionKey key = new SessionKey(tenant, name());
      if (bySubtask[subtask(key.toString(), maxParallelism, parallelism)] == best) {
        best.minted.addLast(nowMicros);
        return Optional.of(key);
      }
    }
  }

  /** Returns the seats that {@link #mint} still counts on. */
  public int free() {
    return pools.values().stream().mapToInt(pool -> Math.max(0, pool.left())).sum();
  }

  private String name() {
    StringBuilder name = new StringBuilder(NAME_LENGTH);
    for (int i = 0; i < NAME_LENGTH; i++) {
      name.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
    }
    return name.toString();
  }
}
