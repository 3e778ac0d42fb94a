package io.avatarflow.jobs.replay;

import io.avatarflow.jobs.client.DistinctSessions;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.schemas.CloseMark;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.RecordCodec;
import io.avatarflow.schemas.RecordedMessage;
import io.avatarflow.schemas.SessionEvent;
import io.avatarflow.schemas.SessionEventType;
import io.avatarflow.schemas.SessionKey;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.StreamMark;
import io.avatarflow.schemas.Track;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Writes what a replay makes into the folders of its sessions, and counts it. One thread. */
final class ReplayExports implements AutoCloseable {
  private final RecordingFolder out;
  private final DistinctSessions distinct = new DistinctSessions();
  private final RecordCodec<SessionOutput> codec = RecordCodec.output();
  private final MessageLogWriters logs = new MessageLogWriters();
  private final Map<String, Export> open = new HashMap<>();
  private final Set<String> ended = new HashSet<>();
  private final List<String> refused = new ArrayList<>();
  private long records;
  private long rejects;
  private String firstReject;
  private long videoFrames;
  private long firstFrameNanos;
  private long lastFrameNanos;

  /**
   * @param out where the sessions go
   */
  ReplayExports(RecordingFolder out) {
    this.out = out;
  }

  /** The files of a session. */
  private record Export(SessionExport files, MessageLog log) {}

  /** Adds what left the graph. */
  void add(SessionRecord record) throws IOException {
    if (record instanceof SessionRecord.Emission emission) {
      Optional<DistinctSessions.Taken> taken = distinct.take(emission.output());
      if (taken.isPresent()) {
        add(taken.get());
      }
    } else if (record instanceof SessionRecord.Event event) {
      refuse(event.event());
    } else if (record instanceof SessionRecord.Reject reject) {
      rejects++;
      firstReject = firstReject == null ? reject.reason() : firstReject;
    }
  }

  private void add(DistinctSessions.Taken record) throws IOException {
    SessionOutput output = record.output();
    String key = output.getSessionKey();
    Export export = open.get(key);
    if (export == null) {
      SessionKey session = SessionKey.parse(key);
      export = new Export(new SessionExport(out, session), out.output(session));
      open.put(key, export);
    }
    if (record.show()) {
      export.files().add(output);
      ByteBuffer value = ByteBuffer.wrap(codec.encode(output));
      logs.append(
          export.log(), new RecordedMessage(0, records++, System.currentTimeMillis(), value));
    }
    if (output.getBody() instanceof EncodedFrame frame && frame.getTrack() == Track.VIDEO) {
      lastFrameNanos = System.nanoTime();
      firstFrameNanos = videoFrames++ == 0 ? lastFrameNanos : firstFrameNanos;
    }
    if (output.getBody() instanceof StreamMark mark && mark.getBody() instanceof CloseMark) {
      export.files().finish();
      open.remove(key);
      ended.add(key);
    }
  }

  private void refuse(SessionEvent event) {
    if (event.getType() == SessionEventType.REFUSED && ended.add(event.getSessionKey())) {
      refused.add("%s: %s".formatted(event.getSessionKey(), event.getDetail()));
    }
  }

  /** Video frames so far. */
  long videoFrames() {
    return videoFrames;
  }

  /** What came of it all, once nothing more comes. */
  ReplayToFolder.Summary summary(List<SessionKey> recorded) {
    List<String> without = new ArrayList<>(refused);
    for (SessionKey key : recorded) {
      if (!ended.contains(key.toString())) {
        without.add("%s: its records open no session that closes.".formatted(key));
      }
    }
    return new ReplayToFolder.Summary(
        ended.size() - refused.size(),
        List.copyOf(without),
        rejects,
        Optional.ofNullable(firstReject),
        videoFrames,
        (lastFrameNanos - firstFrameNanos) / 1e9);
  }

  @Override
  public void close() throws IOException {
    logs.close();
    for (Export export : open.values()) {
      export.files().close();
    }
  }
}
