package io.avatarflow.jobs.replay;

import io.avatarflow.operators.stage.SessionRecord;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * What a replay within this process sends into its job and takes out of it: two queues, each
 * bounded, so that neither a long recording nor a slow disk fills memory.
 *
 * <p>The job's source and sink find the line by its id, because Flink makes them from bytes. The
 * feeder's thread puts and ends, the source's task thread polls, the sinks' task threads give, the
 * replay's own thread takes. {@link #close} makes the line unknown.
 */
final class ReplayLine implements AutoCloseable {
  private static final Map<String, ReplayLine> OPEN = new ConcurrentHashMap<>();
  private static final int MOST_WAITING = 256;
  private static final int MOST_MADE = 1024;

  private final String id = UUID.randomUUID().toString();
  private final Queue<SessionRecord> waiting = new ArrayDeque<>();
  private final BlockingQueue<SessionRecord> made = new ArrayBlockingQueue<>(MOST_MADE);
  private CompletableFuture<Void> arrival = new CompletableFuture<>();
  private boolean ended;

  private ReplayLine() {}

  /** Opens a line. */
  static ReplayLine open() {
    ReplayLine line = new ReplayLine();
    OPEN.put(line.id, line);
    return line;
  }

  /**
   * The open line of an id.
   *
   * @throws IllegalStateException if this process has none
   */
  static ReplayLine of(String id) {
    ReplayLine line = OPEN.get(id);
    if (line == null) {
      throw new IllegalStateException(
          "Replay %s is not of this process, or is over; its job cannot run elsewhere."
              .formatted(id));
    }
    return line;
  }

  /** By what {@link #of} finds it. */
  String id() {
    return id;
  }

  /** Sends a record into the job; waits while too many are on their way. */
  synchronized void put(SessionRecord record) throws InterruptedException {
    while (waiting.size() >= MOST_WAITING) {
      wait();
    }
    waiting.add(record);
    arrival.complete(null);
  }

  /** No record follows. */
  synchronized void end() {
    ended = true;
    arrival.complete(null);
  }

  /** The next record into the job, empty when none has come yet or none will. */
  synchronized Optional<SessionRecord> poll() {
    SessionRecord record = waiting.poll();
    if (record != null) {
      notifyAll();
    }
    return Optional.ofNullable(record);
  }

  /** True when the job has had all records. */
  synchronized boolean isOver() {
    return ended && waiting.isEmpty();
  }

  /** Completes when {@link #poll} has a record, or the line is over. */
  synchronized CompletableFuture<Void> available() {
    if (arrival.isDone() && waiting.isEmpty() && !ended) {
      arrival = new CompletableFuture<>();
    }
    return arrival;
  }

  /** Hands over what the job made; waits while too much of it was not taken. */
  void give(SessionRecord record) throws InterruptedException {
    made.put(record);
  }

  /** What the job made, in its order; empty when there was nothing in time. */
  List<SessionRecord> take(Duration timeout) throws InterruptedException {
    List<SessionRecord> taken = new ArrayList<>();
    SessionRecord first = made.poll(timeout.toNanos(), TimeUnit.NANOSECONDS);
    if (first != null) {
      taken.add(first);
      made.drainTo(taken);
    }
    return taken;
  }

  @Override
  public void close() {
    OPEN.remove(id);
  }
}
