package io.avatarflow.jobs.bench;

import io.avatarflow.jobs.client.SessionWriter;
import java.util.Collection;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;

/**
 * Sends what live speakers say, each chunk at its moment, on a thread of its own.
 *
 * <p>Life cycle: {@link #start}, then {@link #await} for the last close, or {@link #close} to stop
 * early.
 */
final class LiveLoad implements AutoCloseable {
  private final SessionWriter writer;
  private final PriorityQueue<LiveSpeaker> speakers;
  private final Function<LiveSpeaker, Optional<LiveSpeaker>> successor;
  private final LoopThread thread;
  private volatile long latestNanos;

  private LiveLoad(
      SessionWriter writer,
      Collection<LiveSpeaker> speakers,
      Function<LiveSpeaker, Optional<LiveSpeaker>> successor) {
    this.writer = writer;
    this.speakers = new PriorityQueue<>(speakers);
    this.successor = successor;
    this.thread = LoopThread.start("bench-speech", this::send);
  }

  /**
   * Begins to send.
   *
   * @param writer closed by this
   * @param speakers whose times are those of {@link System#nanoTime}
   */
  static LiveLoad start(SessionWriter writer, Collection<LiveSpeaker> speakers) {
    return start(writer, speakers, closed -> Optional.empty());
  }

  /**
   * Begins to send for speakers that others follow.
   *
   * @param writer closed by this
   * @param speakers whose times are those of {@link System#nanoTime}
   * @param successor who comes once a speaker has closed; asked on the thread of the load
   */
  static LiveLoad start(
      SessionWriter writer,
      Collection<LiveSpeaker> speakers,
      Function<LiveSpeaker, Optional<LiveSpeaker>> successor) {
    return new LiveLoad(writer, speakers, successor);
  }

  /** Sends what is due first, or waits for it; false once every speaker has closed. */
  private boolean send() {
    LiveSpeaker next = speakers.poll();
    if (next == null) {
      return false;
    }
    long late = System.nanoTime() - next.dueNanos();
    if (late < 0) {
      speakers.add(next);
      LockSupport.parkNanos(-late);
      return true;
    }
    latestNanos = Math.max(latestNanos, late);
    writer.send(next.key(), next.next());
    if (next.isClosed()) {
      successor.apply(next).ifPresent(speakers::add);
    } else {
      speakers.add(next);
    }
    return true;
  }

  /**
   * By how much the latest record was sent too late, milliseconds: above some, the load is none.
   */
  double latestMillis() {
    return latestNanos / 1e6;
  }

  /** Throws what ended the load before its time, if something did. */
  void check() {
    thread.check();
  }

  /** Waits until every speaker has closed. */
  void await() throws InterruptedException {
    thread.await();
  }

  @Override
  public void close() {
    thread.close();
    writer.close();
  }
}
