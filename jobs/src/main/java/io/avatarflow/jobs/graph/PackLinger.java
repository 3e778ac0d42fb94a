package io.avatarflow.jobs.graph;

import io.avatarflow.operators.pack.ModelPack;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Packs that no task of this process uses any more and that are kept for a while, because a task
 * that failed is likely to come back at once: its model is then still in memory.
 *
 * <p>Safe for any thread; packs are closed by a daemon thread that lives as long as it has
 * something to close.
 */
public final class PackLinger {
  /** How long a pack outlives its last task. */
  static final Duration LINGER = Duration.ofSeconds(30);

  private static final Set<ModelPack> KEPT = new HashSet<>();
  private static final ScheduledThreadPoolExecutor CLOSER = closer();

  private PackLinger() {}

  private static ScheduledThreadPoolExecutor closer() {
    ScheduledThreadPoolExecutor closer =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "avatar-pack-linger");
              thread.setDaemon(true);
              return thread;
            });
    closer.setKeepAliveTime(1, TimeUnit.SECONDS);
    closer.allowCoreThreadTimeOut(true);
    return closer;
  }

  /** Closes a handle {@link #LINGER} from now. */
  static void release(ModelPack pack) {
    synchronized (KEPT) {
      KEPT.add(pack);
    }
    var unused = CLOSER.schedule(() -> close(pack), LINGER.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Closes at once all that is kept, for a process that runs no task any more but goes on. */
  public static void closeAll() {
    List<ModelPack> kept;
    synchronized (KEPT) {
      kept = List.copyOf(KEPT);
    }
    kept.forEach(PackLinger::close);
  }

  private static void close(ModelPack pack) {
    boolean mine;
    synchronized (KEPT) {
      mine = KEPT.remove(pack);
    }
    if (mine) {
      pack.close();
    }
  }
}
