package io.avatarflow.jobs.bench;

import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.SessionOutput;
import java.util.HashMap;
import java.util.Map;

/**
 * A viewer of every session of a soak, who sums up what a session was like when it closes, and
 * forgets it.
 *
 * <p>Takes the records of the frames topic in their order. Not thread-safe.
 */
final class SoakViewer {
  private final LiveClock clock;
  private final Map<String, SoakSession> sessions = new HashMap<>();
  private Seen closed = Seen.NOTHING;

  /**
   * What was seen so far.
   *
   * @param opened sessions
   * @param closed sessions
   * @param broken sessions that ended otherwise than by their producer
   * @param frames of both tracks that a viewer takes
   * @param lost frames that never came outside of skipped or flushed ranges
   * @param duplicated frames that were on the topic more than once, or behind the end of a session
   * @param driftSamples the largest distance of sound and pictures in a session
   * @param lastBlock the highest number of a block
   * @param due blocks of closed sessions that were due
   * @param met those of them that came in time
   */
  record Seen(
      long opened,
      long closed,
      long broken,
      long frames,
      long lost,
      long duplicated,
      long driftSamples,
      long lastBlock,
      long due,
      long met) {
    static final Seen NOTHING = new Seen(0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    private Seen and(SoakSession session) {
      boolean over = session.closed();
      return new Seen(
          opened + (session.opened() ? 1 : 0),
          closed + (over ? 1 : 0),
          broken + (session.broken() ? 1 : 0),
          frames + session.frames(),
          lost + session.lost(),
          duplicated + session.repeated(),
          Math.max(driftSamples, session.driftSamples()),
          Math.max(lastBlock, session.lastBlock()),
          due + (over ? session.blocks().due() : 0),
          met + (over ? session.blocks().met() : 0));
    }

    private Seen andDuplicate() {
      return new Seen(
          opened, closed, broken, frames, lost, duplicated + 1, driftSamples, lastBlock, due, met);
    }

    /** Sessions that are open. */
    long open() {
      return opened - closed;
    }

    /** Share of the due blocks that came in time; 1 when none was due. */
    double onTime() {
      return due == 0 ? 1 : (double) met / due;
    }
  }

  SoakViewer(LiveClock clock) {
    this.clock = clock;
  }

  /**
   * A session is to come; its first record comes later.
   *
   * @param openMicros when it opens, microseconds since the epoch
   * @param closeMicros when it closes
   */
  void expect(String sessionKey, long openMicros, long closeMicros) {
    sessions.put(sessionKey, new SoakSession(new PunctualBlocks(clock, openMicros, closeMicros)));
  }

  /** Takes a record that was polled at a time. */
  void add(SessionOutput output, long nowMicros) {
    SoakSession session = sessions.get(output.getSessionKey());
    if (session == null) {
      closed = output.getBody() instanceof EncodedFrame ? closed.andDuplicate() : closed;
      return;
    }
    session.add(output, nowMicros);
    if (session.closed()) {
      sessions.remove(output.getSessionKey());
      closed = closed.and(session);
    }
  }

  /** Sessions that are expected or open. */
  int awaited() {
    return sessions.size();
  }

  /** What was seen so far, of open sessions too. */
  Seen seen() {
    Seen all = closed;
    for (SoakSession session : sessions.values()) {
      all = all.and(session);
    }
    return all;
  }
}
