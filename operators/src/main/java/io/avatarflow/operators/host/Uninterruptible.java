package io.avatarflow.operators.host;

/** A wait that an interrupt does not cut short; who interrupted is told when it is over. */
public final class Uninterruptible {
  /** What is waited for; an interrupt makes it start anew. */
  @FunctionalInterface
  public interface Wait {
    void run() throws InterruptedException;
  }

  private Uninterruptible() {}

  /** Waits to the end and leaves the thread's interrupt flag set if an interrupt came meanwhile. */
  public static void await(Wait wait) {
    boolean interrupted = false;
    boolean over = false;
    while (!over) {
      try {
        wait.run();
        over = true;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits until a thread has ended. */
  public static void join(Thread thread) {
    await(thread::join);
  }
}
