package io.avatarflow.operators.ingest;

import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.operators.stage.SessionInfo;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.schemas.CloseReason;
import io.avatarflow.schemas.SessionEvent;
import io.avatarflow.schemas.SessionEventType;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.StreamMark;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The records that one turn of one session sends downstream, in order.
 *
 * <p>Their attempt is 0; the host, which counts restores, sets it.
 */
final class Outbox {
  private final String sessionKey;
  private final List<SessionRecord> records = new ArrayList<>();

  Outbox(String sessionKey) {
    this.sessionKey = sessionKey;
  }

  List<SessionRecord> records() {
    return records;
  }

  void start(SessionInfo info) {
    records.add(new SessionRecord.Start(info));
  }

  void block(MediaBlock block) {
    records.add(new SessionRecord.Block(block));
  }

  void mark(long epoch, Object body) {
    records.add(
        new SessionRecord.Emission(new SessionOutput(sessionKey, epoch, 0, new StreamMark(body))));
  }

  void control(SessionRecord.Control.Kind kind, long epoch) {
    records.add(new SessionRecord.Control(sessionKey, kind, epoch));
  }

  void event(long atSample, SessionEventType type, String reason, String detail) {
    records.add(
        new SessionRecord.Event(new SessionEvent(sessionKey, atSample, type, reason, detail)));
  }

  void end(CloseReason reason) {
    records.add(new SessionRecord.End(sessionKey, reason.name()));
  }

  /** Sends an input record to the rejects topic, encoded as it came, and says so in an event. */
  void reject(long atSample, SessionRecord.Input input, RejectedInputException why) {
    records.add(
        new SessionRecord.Reject(
            sessionKey,
            sessionKey.getBytes(StandardCharsets.UTF_8),
            encoded(input),
            input.origin(),
            why.getMessage()));
    event(atSample, SessionEventType.REJECTED_INPUT, why.reason(), why.getMessage());
  }

  private static byte[] encoded(SessionRecord.Input input) {
    try {
      ByteBuffer bytes = input.input().toByteBuffer();
      byte[] copy = new byte[bytes.remaining()];
      bytes.get(copy);
      return copy;
    } catch (IOException e) {
      throw new UncheckedIOException("A record could not be written to memory.", e);
    }
  }
}
