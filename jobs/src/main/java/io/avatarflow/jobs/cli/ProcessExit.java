package io.avatarflow.jobs.cli;

import io.avatarflow.jobs.local.Folders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * What happens when the process ends, by itself or by a signal: running work is told to stop and
 * waited for, then the process's temporary files go.
 *
 * <p>Everything that Kafka, Flink and native libraries put into the temporary folder goes into one
 * folder of this process, so that none of it can stay behind.
 */
final class ProcessExit {
  /** The property by which the launcher names the folder that it made for this process alone. */
  private static final String SCRATCH = "avatarflow.scratch";

  private static final long GRACE_SECONDS = 10;
  private static final AtomicReference<Work> RUNNING = new AtomicReference<>();

  private ProcessExit() {}

  /**
   * Gives the process its own temporary folder and looks after it: the one that the launcher made,
   * or a new one.
   *
   * <p>Java itself remembers the place at its start, so only the launcher's folder takes
   * everything; a new one takes what reads the property later, as Flink does.
   */
  static void prepare() throws IOException {
    String made = System.getProperty(SCRATCH);
    Path folder = made == null ? newFolder() : Path.of(made);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> end(folder), "process-exit"));
    System.setProperty("java.io.tmpdir", folder.toString());
  }

  private static Path newFolder() throws IOException {
    try {
      return Files.createTempDirectory("avatarflow-");
    } catch (IOException e) {
      throw new IOException(
          "Temporary folder %s cannot be written; set TMPDIR to another one."
              .formatted(System.getProperty("java.io.tmpdir")),
          e);
    }
  }

  /** Work that wants to be told when the process ends, until it is closed. */
  static Work running(Runnable stop) {
    Work work = new Work(stop);
    RUNNING.set(work);
    return work;
  }

  private static void end(Path folder) {
    Work work = RUNNING.get();
    if (work != null) {
      work.stopAndWait();
    }
    try {
      Folders.delete(folder);
    } catch (IOException e) {
      System.err.println("avatarflow: warning: " + e.getMessage());
    }
  }

  /** Work in progress; closing it says that it has ended and cleaned up. */
  static final class Work implements AutoCloseable {
    private final Runnable stop;
    private final CountDownLatch ended = new CountDownLatch(1);

    private Work(Runnable stop) {
      this.stop = stop;
    }

    private void stopAndWait() {
      stop.run();
      try {
        boolean inTime = ended.await(GRACE_SECONDS, TimeUnit.SECONDS);
        if (!inTime) {
          System.err.println("avatarflow: warning: The work did not stop in time; it is cut off.");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public void close() {
      ended.countDown();
      RUNNING.compareAndSet(this, null);
    }
  }
}
