package io.avatarflow.jobs.bench;

import io.avatarflow.jobs.client.SessionReader;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.MalformedRecordException;
import io.avatarflow.schemas.RecordCodec;
import io.avatarflow.schemas.SessionEvent;
import io.avatarflow.schemas.SessionEventType;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.Topics;
import io.avatarflow.schemas.Track;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/**
 * A consumer of frames and events that notes when each session was answered and when the last frame
 * of each of its blocks arrived.
 *
 * <p>Reads on a thread of its own from construction to {@link #close}. Safe for any thread.
 */
final class OverloadObserver implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(10);
  private static final long ANSWER_MICROS = 1_000_000;

  private final SessionReader<SessionOutput> frames;
  private final SessionReader<SessionEvent> events;
  private final Map<String, Seen> sessions = new HashMap<>();
  private final LoopThread thread;

  private static final class Seen {
    private long openedMicros;
    private long refusedMicros;
    private boolean admitted;
    private long degraded;
    private final TreeMap<Long, Long> blocks = new TreeMap<>();
  }

  /**
   * When blocks are due.
   *
   * @param blockMicros length of a block
   * @param graceMicros look-ahead and budget behind its end
   * @param fromMicros from the first open to the beginning of the window
   * @param toMicros from the first open to its end
   */
  record Timeline(long blockMicros, long graceMicros, long fromMicros, long toMicros) {}

  /**
   * What came of the sessions.
   *
   * @param onTime share of the blocks of admitted sessions due in the window that came by then
   * @param refusedInTime share of the refused sessions that knew within a second; one that got no
   *     answer at all counts as refused too late
   * @param slowestRefusalMillis of the refused sessions that were answered
   * @param degraded share of the blocks that say they were made with less
   */
  record Outcome(
      double onTime,
      double refusedInTime,
      double slowestRefusalMillis,
      int admitted,
      int refused,
      double degraded) {}

  OverloadObserver(String bootstrap) {
    Properties kafka = LoadClients.GATHERING.consumer();
    frames =
        SessionReader.fromNowOn(bootstrap, Topics.DEFAULT.frames(), RecordCodec.output(), kafka);
    events =
        SessionReader.fromNowOn(bootstrap, Topics.DEFAULT.events(), RecordCodec.event(), kafka);
    thread = LoopThread.start("bench-observer", this::read);
  }

  private boolean read() throws MalformedRecordException {
    frames.poll(POLL).forEach(this::frame);
    events.poll(Duration.ZERO).forEach(this::event);
    return true;
  }

  private static long now() {
    return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
  }

  /** A session is about to ask for a seat; others are passed over. */
  synchronized void opens(String key, long atMicros) {
    Seen seen = new Seen();
    seen.openedMicros = atMicros;
    sessions.put(key, seen);
  }

  /** True once a session was told that there is no seat. */
  synchronized boolean isRefused(String key) {
    return sessions.get(key).refusedMicros > 0;
  }

  private synchronized void frame(SessionOutput output) {
    Seen seen = sessions.get(output.getSessionKey());
    if (seen != null
        && output.getBody() instanceof EncodedFrame frame
        && frame.getTrack() == Track.VIDEO) {
      seen.blocks.put(frame.getBlock(), now());
      seen.degraded += frame.getFlags().getDegraded() ? 1 : 0;
    }
  }

  private synchronized void event(SessionEvent event) {
    Seen seen = sessions.get(event.getSessionKey());
    if (seen == null) {
      return;
    }
    if (event.getType() == SessionEventType.OPENED) {
      seen.admitted = true;
    } else if (event.getType() == SessionEventType.REFUSED && seen.refusedMicros == 0) {
      seen.refusedMicros = now();
    }
  }

  /** What was seen so far. */
  synchronized Outcome outcome(Timeline timeline) {
    thread.check();
    long first = sessions.values().stream().mapToLong(s -> s.openedMicros).min().orElse(0);
    List<Seen> admitted = sessions.values().stream().filter(s -> s.admitted).toList();
    List<Seen> others = sessions.values().stream().filter(s -> !s.admitted).toList();
    long due = 0;
    long met = 0;
    long made = 0;
    long degraded = 0;
    for (Seen session : admitted) {
      for (long block = 0; ; block++) {
        long deadline =
            session.openedMicros + (block + 1) * timeline.blockMicros + timeline.graceMicros;
        if (deadline >= first + timeline.toMicros) {
          break;
        }
        if (deadline >= first + timeline.fromMicros) {
          Long seen = session.blocks.get(block);
          due++;
          met += seen != null && seen <= deadline ? 1 : 0;
        }
      }
      made += session.blocks.size();
      degraded += session.degraded;
    }
    List<Seen> answered = others.stream().filter(s -> s.refusedMicros > 0).toList();
    long slowest =
        answered.stream().mapToLong(s -> s.refusedMicros - s.openedMicros).max().orElse(0);
    long inTime =
        answered.stream().filter(s -> s.refusedMicros - s.openedMicros <= ANSWER_MICROS).count();
    return new Outcome(
        due == 0 ? 0 : (double) met / due,
        others.isEmpty() ? 0 : (double) inTime / others.size(),
        slowest / 1000.0,
        admitted.size(),
        others.size(),
        made == 0 ? 0 : Math.min(1, degraded / 2.0 / made));
  }

  @Override
  public void close() {
    thread.close();
    frames.close();
    events.close();
  }
}
