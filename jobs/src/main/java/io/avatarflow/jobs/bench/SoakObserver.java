package io.avatarflow.jobs.bench;

import io.avatarflow.jobs.client.SessionReader;
import io.avatarflow.schemas.MalformedRecordException;
import io.avatarflow.schemas.RecordCodec;
import io.avatarflow.schemas.SessionKey;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.Topics;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Reads the frames topic for a {@link SoakViewer}, from now on and on a thread of its own, until it
 * is closed. Safe for any thread.
 *
 * <p>Its client gathers, because it shares the cores with the engine; frames are judged as that
 * much later.
 */
final class SoakObserver implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(50);

  private final SessionReader<SessionOutput> reader;
  private final SoakViewer viewer;
  private final LoopThread thread;

  SoakObserver(String bootstrap, LiveClock clock) {
    reader =
        SessionReader.fromNowOn(
            bootstrap,
            Topics.DEFAULT.frames(),
            RecordCodec.output(),
            LoadClients.GATHERING.consumer());
    viewer = new SoakViewer(clock);
    thread = LoopThread.start("bench-observer", this::read);
  }

  private boolean read() throws MalformedRecordException {
    List<SessionOutput> outputs = reader.poll(POLL);
    long now = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    synchronized (viewer) {
      outputs.forEach(output -> viewer.add(output, now));
    }
    return true;
  }

  /** Announces a session, before it opens. */
  void expect(SessionKey key, long openMicros, long closeMicros) {
    synchronized (viewer) {
      viewer.expect(key.toString(), openMicros, closeMicros);
    }
  }

  /** What was seen so far. */
  SoakViewer.Seen seen() {
    thread.check();
    synchronized (viewer) {
      return viewer.seen();
    }
  }

  /**
   * Waits until every announced session has closed.
   *
   * @return how many have not when patience ends
   */
  int awaitCloses(Duration patience) throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (awaited() > 0 && System.nanoTime() < deadline) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
    return awaited();
  }

  private int awaited() {
    thread.check();
    synchronized (viewer) {
      return viewer.awaited();
    }
  }

  @Override
  public void close() {
    thread.close();
    reader.close();
  }
}
