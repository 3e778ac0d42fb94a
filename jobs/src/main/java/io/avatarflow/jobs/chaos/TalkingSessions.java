package io.avatarflow.jobs.chaos;

import io.avatarflow.jobs.bench.BenchSessions;
import io.avatarflow.jobs.bench.BundledSpeech;
import io.avatarflow.jobs.client.SessionWriter;
import io.avatarflow.schemas.CloseMode;
import io.avatarflow.schemas.SessionClose;
import io.avatarflow.schemas.SessionKey;
import io.avatarflow.schemas.SessionSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/** Sessions that talk at the speed of speech until they are told to close, all by one thread. */
final class TalkingSessions implements AutoCloseable {
  private static final int CHUNK_SAMPLES = BundledSpeech.RATE / 25;
  private static final long CHUNK_NANOS = 40_000_000;

  private final SessionWriter writer;
  private final BenchSessions sessions;
  private final List<SessionKey> keys;
  private final Thread thread = new Thread(this::talk, "chaos-speakers");
  private volatile boolean closing;
  private volatile RuntimeException failure;

  /**
   * @param count how many sessions talk
   */
  TalkingSessions(SessionWriter writer, BenchSessions sessions, int count) {
    this.writer = writer;
    this.sessions = sessions;
    this.keys = IntStream.range(0, count).mapToObj(i -> new SessionKey("chaos", "s" + i)).toList();
    thread.setDaemon(true);
    thread.start();
  }

  /** Their keys, in the order of their numbers. */
  List<SessionKey> keys() {
    return keys;
  }

  private void talk() {
    try {
      for (int i = 0; i < keys.size(); i++) {
        writer.send(keys.get(i), sessions.open(i, SessionSource.LIVE));
      }
      long start = System.nanoTime();
      for (long chunk = 0; !closing; chunk++) {
        // A chunk can be sent when its last sample was spoken.
        waitUntil(start + (chunk + 1) * CHUNK_NANOS);
        for (int i = 0; i < keys.size(); i++) {
          writer.send(keys.get(i), chunk(sessions, i, chunk));
        }
      }
      for (SessionKey key : keys) {
        writer.send(key, SessionClose.newBuilder().setMode(CloseMode.DRAIN).build());
      }
      writer.flush();
    } catch (RuntimeException e) {
      failure = e;
    }
  }

  private static Object chunk(BenchSessions sessions, int voice, long chunk) {
    long first = chunk * CHUNK_SAMPLES;
    return sessions.speech().chunk(voice, first, 0, first, CHUNK_SAMPLES, false);
  }

  private static void waitUntil(long nanos) {
    for (long left = nanos - System.nanoTime(); left > 0; left = nanos - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  /** Ends the speech and has the sessions drained. */
  void finish() throws InterruptedException {
    closing = true;
    thread.join();
    Optional.ofNullable(failure)
        .ifPresent(
            e -> {
              throw e;
            });
  }

  @Override
  public void close() {
    closing = true;
  }
}
