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

/**
 * Sessions that join one after the other and talk at the speed of speech until they are told to
 * close, all by one thread.
 */
final class TalkingSessions implements AutoCloseable {
  private static final int CHUNK_SAMPLES = BundledSpeech.RATE / 25;
  private static final long CHUNK_NANOS = 40_000_000;

  /** Sessions that send at once, so that one request takes what several say. */
  private static final int CHORUS = 6;

  /** From one join to the next: a cell that has just started compiles its code with the first. */
  private static final long CHUNKS_BETWEEN_JOINS = 10;

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
      long start = System.nanoTime();
      for (long beat = 0; !closing; beat++) {
        for (int i = 0; i < keys.size(); i++) {
          int first = i / CHORUS * CHORUS;
          waitUntil(start + beat * CHUNK_NANOS + first * CHUNK_NANOS / keys.size());
          speak(i, beat - i * CHUNKS_BETWEEN_JOINS);
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

  /** What a session sends in its n-th beat of 40 ms: its open, then what was spoken since. */
  private void speak(int session, long beat) {
    if (beat == 0) {
      writer.send(keys.get(session), sessions.open(session, SessionSource.LIVE));
    } else if (beat > 0) {
      writer.send(keys.get(session), chunk(sessions, session, beat - 1));
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
