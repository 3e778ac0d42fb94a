package io.avatarflow.jobs.bench;

import io.avatarflow.operators.stage.Origin;
import io.avatarflow.operators.stage.PlainLoop;
import io.avatarflow.operators.stage.SessionInfo;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.operators.stage.Stage;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.SessionInput;
import io.avatarflow.schemas.Track;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * All stages of the graph in a loop on one thread: no Kafka, no Flink, no device executor.
 *
 * <p>It takes one block of every session in turn, so that their graph runs share batches as large
 * as the pack allows. Records arrive decoded and leave unencoded: what serialisation costs is the
 * engine's. One thread; closing it frees the sessions, not the stages.
 */
final class BareLoop implements AutoCloseable {
  private final List<PlainLoop<?>> loops = new ArrayList<>();
  private final List<Session> sessions = new ArrayList<>();
  private long videoFrames;

  /** A loop over stages that somebody else closes. */
  BareLoop(List<Stage<?>> stages) {
    stages.forEach(stage -> loops.add(new PlainLoop<>(stage)));
  }

  /** One session's script, and what has left ingest and not gone on. */
  private static final class Session {
    private final String key;
    private final Deque<Object> bodies;
    private final Deque<SessionRecord> released = new ArrayDeque<>();
    private SessionInfo info;
    private long offset;

    Session(BenchSessions.Script script) {
      this.key = script.key().toString();
      this.bodies = new ArrayDeque<>(script.bodies());
      this.info =
          new SessionInfo(
              key, "", "", 0, new SessionInfo.VideoSettings(64, 64, "H264", 1), true, new byte[0]);
    }
  }

  /** Plays sessions to their ends and returns how many video frames they made. */
  long play(List<BenchSessions.Script> scripts) {
    scripts.forEach(script -> sessions.add(new Session(script)));
    while (!sessions.isEmpty()) {
      round();
      sessions.removeIf(session -> session.bodies.isEmpty() && session.released.isEmpty());
    }
    return videoFrames;
  }

  /** The next block of every session, through all stages. */
  private void round() {
    List<Session> with = new ArrayList<>();
    List<SessionRecord> blocks = new ArrayList<>();
    for (Session session : sessions) {
      SessionRecord block = nextBlock(session);
      if (block != null) {
        with.add(session);
        blocks.add(block);
      }
    }
    for (int stage = 1; stage < loops.size() && !blocks.isEmpty(); stage++) {
      List<SessionInfo> infos = with.stream().map(session -> session.info).toList();
      List<List<SessionRecord>> outputs = loops.get(stage).accept(infos, blocks);
      for (int i = 0; i < with.size(); i++) {
        SessionRecord on = null;
        for (SessionRecord output : outputs.get(i)) {
          if (output instanceof SessionRecord.Block) {
            on = output;
          } else {
            count(output);
          }
        }
        blocks.set(i, on);
      }
    }
  }

  /** The next block that ingest releases, null at the end; what stands before it goes through. */
  private SessionRecord nextBlock(Session session) {
    while (true) {
      for (SessionRecord next = session.released.poll();
          next != null;
          next = session.released.poll()) {
        if (next instanceof SessionRecord.Block) {
          return next;
        }
        through(session, next);
      }
      Object body = session.bodies.poll();
      if (body == null) {
        return null;
      }
      SessionInput input =
          SessionInput.newBuilder()
              .setSessionKey(session.key)
              .setProducedAtMicros(0)
              .setBody(body)
              .build();
      Origin origin = new Origin("loop", 0, session.offset++, 0);
      session.released.addAll(
          loops.get(0).accept(session.info, new SessionRecord.Input(session.key, input, origin)));
    }
  }

  private void through(Session session, SessionRecord record) {
    if (record instanceof SessionRecord.Start start) {
      session.info = start.info();
    }
    List<SessionRecord> records = List.of(record);
    for (int stage = 1; stage < loops.size(); stage++) {
      List<SessionRecord> next = new ArrayList<>();
      for (SessionRecord each : records) {
        next.addAll(loops.get(stage).accept(session.info, each));
      }
      records = next;
    }
    records.forEach(this::count);
  }

  private void count(SessionRecord record) {
    if (record instanceof SessionRecord.Emission emission
        && emission.output().getBody() instanceof EncodedFrame frame
        && frame.getTrack() == Track.VIDEO) {
      videoFrames++;
    }
  }

  @Override
  public void close() {
    loops.forEach(PlainLoop::close);
  }
}
