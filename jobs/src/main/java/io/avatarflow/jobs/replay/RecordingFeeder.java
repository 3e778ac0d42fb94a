package io.avatarflow.jobs.replay;

import io.avatarflow.schemas.CloseMode;
import io.avatarflow.schemas.DecisionMark;
import io.avatarflow.schemas.MalformedRecordException;
import io.avatarflow.schemas.PackReference;
import io.avatarflow.schemas.RecordCodec;
import io.avatarflow.schemas.RecordedMessage;
import io.avatarflow.schemas.SessionClose;
import io.avatarflow.schemas.SessionInput;
import io.avatarflow.schemas.SessionKey;
import io.avatarflow.schemas.SessionOpen;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import org.apache.avro.file.DataFileReader;

/**
 * Stages a recording: all sessions in the order of their recorded times, each record with the
 * offset it had, decisions ahead of the input they are about, and a SessionClose behind sessions
 * that had none. One thread.
 */
final class RecordingFeeder {
  private final RecordingFolder folder;
  private final Staging staging;
  private final boolean asLived;
  private final double speed;

  /**
   * @param staging where records go; the caller closes it
   * @param asLived true to send the recorded decisions along
   * @param speed times the speed of the recording; infinite for as fast as possible
   */
  RecordingFeeder(RecordingFolder folder, Staging staging, boolean asLived, double speed) {
    this.folder = folder;
    this.staging = staging;
    this.asLived = asLived;
    this.speed = speed;
  }

  /** A session that is yet to be sent, and the time of its first record. */
  private record Start(SessionKey key, long time) {}

  /** A session that is being sent. */
  private static final class Reel implements AutoCloseable {
    private final SessionKey key;
    private final DataFileReader<RecordedMessage> log;
    private final RecordedDecisions decisions;
    private RecordedMessage next;
    private boolean closes;

    Reel(SessionKey key, DataFileReader<RecordedMessage> log, RecordedDecisions decisions) {
      this.key = key;
      this.log = log;
      this.decisions = decisions;
      this.next = log.next();
    }

    long time() {
      return next.getTimestampMillis();
    }

    @Override
    public void close() throws IOException {
      log.close();
    }
  }

  /**
   * Stages everything; returns when it is there. Only what was recorded at the same time is open at
   * the same time.
   */
  void feed() throws IOException {
    Deque<Start> starts = starts();
    PriorityQueue<Reel> reels =
        new PriorityQueue<>(
            Comparator.comparingLong(Reel::time).thenComparing(reel -> reel.key.toString()));
    try {
      long begin = starts.element().time();
      long beginNanos = System.nanoTime();
      while (!starts.isEmpty() || !reels.isEmpty()) {
        while (isDue(starts, reels)) {
          reels.add(reel(starts.remove().key()));
        }
        Reel reel = reels.remove();
        await(beginNanos, reel.time() - begin);
        step(reel);
        if (reel.log.hasNext()) {
          reel.next = reel.log.next();
          reels.add(reel);
        } else {
          end(reel);
          reel.close();
        }
      }
      staging.settle();
    } finally {
      for (Reel reel : reels) {
        reel.close();
      }
    }
  }

  private static boolean isDue(Deque<Start> starts, PriorityQueue<Reel> reels) {
    return !starts.isEmpty()
        && (reels.isEmpty() || starts.element().time() <= reels.element().time());
  }

  /** All sessions, the one that began first ahead. */
  private Deque<Start> starts() throws IOException {
    List<Start> starts = new ArrayList<>();
    for (SessionKey key : folder.sessions()) {
      if (asLived && !folder.output(key).exists()) {
        throw new IOException(
            "Recording %s has no output of session %s, so nobody knows what was decided; record it with the frames topic, or replay with --ideal."
                .formatted(folder.root(), key));
      }
      try (DataFileReader<RecordedMessage> log = folder.input(key).read()) {
        if (!log.hasNext()) {
          throw new IOException(
              "Recording %s holds no record.".formatted(folder.input(key).file()));
        }
        starts.add(new Start(key, log.next().getTimestampMillis()));
      }
    }
    starts.sort(Comparator.comparingLong(Start::time));
    return new ArrayDeque<>(starts);
  }

  private Reel reel(SessionKey key) throws IOException {
    RecordedDecisions decisions =
        asLived ? RecordedDecisions.of(folder.output(key)) : RecordedDecisions.none();
    return new Reel(key, folder.input(key).read(), decisions);
  }

  private void step(Reel reel) throws IOException {
    decisions(reel, reel.decisions.before(reel.next.getOffset()));
    byte[] value = RecordedDecisions.bytes(reel.next);
    try {
      SessionInput input = RecordCodec.input().decode(value);
      reel.closes |= input.getBody() instanceof SessionClose;
      if (input.getBody() instanceof SessionOpen open) {
        value = RecordCodec.input().encode(withAnyDigest(input, open));
      }
    } catch (MalformedRecordException e) {
      // The job rejects it again, as it did before.
      reel.closes |= false;
    }
    staging.input(reel.key, reel.next.getOffset(), value);
  }

  /** The job's pack decides; another than the recorded one is what a comparison wants. */
  private static SessionInput withAnyDigest(SessionInput input, SessionOpen open) {
    SessionOpen changed =
        SessionOpen.newBuilder(open)
            .setPack(PackReference.newBuilder(open.getPack()).setDigest(null).build())
            .build();
    return new SessionInput(input.getSessionKey(), input.getProducedAtMicros(), changed);
  }

  private void end(Reel reel) throws IOException {
    decisions(reel, reel.decisions.rest());
    if (!reel.closes) {
      SessionInput close =
          new SessionInput(
              reel.key.toString(),
              reel.next.getTimestampMillis() * 1000,
              new SessionClose(CloseMode.DRAIN));
      staging.input(reel.key, reel.next.getOffset() + 1, RecordCodec.input().encode(close));
    }
  }

  private void decisions(Reel reel, List<DecisionMark> decisions) throws IOException {
    if (!decisions.isEmpty()) {
      staging.decisions(reel.key, decisions);
    }
  }

  private void await(long beginNanos, long recordedMillis) throws IOException {
    if (Double.isInfinite(speed)) {
      return;
    }
    long due = beginNanos + (long) (Duration.ofMillis(recordedMillis).toNanos() / speed);
    long wait = due - System.nanoTime();
    if (wait > 0) {
      staging.settle();
      try {
        TimeUnit.NANOSECONDS.sleep(wait);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("Interrupted while feeding the recording.", e);
      }
    }
  }
}
