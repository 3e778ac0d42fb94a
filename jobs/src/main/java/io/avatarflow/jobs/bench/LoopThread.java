package io.avatarflow.jobs.bench;

import io.avatarflow.operators.host.Uninterruptible;
import io.avatarflow.schemas.MalformedRecordException;

/**
 * A daemon thread that does one thing again and again until there is no more to do or it is closed.
 * What the thing throws ends the loop and is told to who asks.
 */
final class LoopThread implements AutoCloseable {
  private final Step step;
  private final Thread thread;
  private volatile boolean stopped;
  private volatile RuntimeException failure;

  /** One round of the loop. */
  @FunctionalInterface
  interface Step {
    /** Does one round; returns false when it was the last. */
    boolean next() throws MalformedRecordException;
  }

  private LoopThread(String name, Step step) {
    this.step = step;
    this.thread = new Thread(this::run, name);
    thread.setDaemon(true);
  }

  static LoopThread start(String name, Step step) {
    LoopThread loop = new LoopThread(name, step);
    loop.thread.start();
    return loop;
  }

  private void run() {
    try {
      boolean more = true;
      while (more && !stopped) {
        more = step.next();
      }
    } catch (MalformedRecordException e) {
      failure = new IllegalStateException("A topic has a record that cannot be read.", e);
    } catch (RuntimeException e) {
      failure = e;
    } catch (Error e) {
      failure = new IllegalStateException("%s broke off: %s".formatted(thread.getName(), e), e);
      throw e;
    }
  }

  /** Throws what a round threw, if one did. */
  void check() {
    if (failure != null) {
      throw failure;
    }
  }

  /** Waits until there is no more to do. */
  void await() throws InterruptedException {
    thread.join();
    check();
  }

  /** Ends the loop behind the round it is in and waits for that, even when interrupted. */
  @Override
  public void close() {
    stopped = true;
    Uninterruptible.join(thread);
  }
}
