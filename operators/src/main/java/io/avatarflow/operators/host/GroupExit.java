package io.avatarflow.operators.host;

import io.avatarflow.operators.stage.AvatarMetric;
import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.operators.stage.SessionInfo;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.SessionOutput;
import java.io.IOException;
import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * The way out of an operator: frames of an interrupted epoch end here, and what leaves carries the
 * session's attempt and trace. Mailbox thread only.
 */
final class GroupExit {
  private final Output<StreamRecord<SessionRecord>> output;
  private final SessionStates states;
  private final HostMetrics metrics;
  private final FrameSpans spans;

  GroupExit(
      Output<StreamRecord<SessionRecord>> output,
      SessionStates states,
      HostMetrics metrics,
      FrameSpans spans) {
    this.output = output;
    this.states = states;
    this.metrics = metrics;
    this.spans = spans;
  }

  /** Sends a record as it is. */
  void pass(SessionRecord record) {
    output.collect(new StreamRecord<>(record));
  }

  /** Sends a record that has passed all stages. */
  void leave(SessionRecord record) throws IOException {
    if (record instanceof SessionRecord.Block block) {
      pass(stamped(block));
    } else if (record instanceof SessionRecord.Emission emission) {
      leave(emission);
    } else {
      pass(record);
    }
  }

  private void leave(SessionRecord.Emission emission) throws IOException {
    SessionOutput out = emission.output();
    SessionHeader header = states.header(out.getSessionKey());
    if (out.getBody() instanceof EncodedFrame && out.getEpoch() < header.epoch()) {
      metrics.count(AvatarMetric.SUPPRESSED_FRAMES, 1);
      return;
    }
    int attempt = attempt(out.getSessionKey(), out.getAttempt());
    String trace = header.info().map(SessionInfo::traceparent).orElse(emission.traceparent());
    SessionRecord.Emission stamped =
        attempt == out.getAttempt() && trace.equals(emission.traceparent())
            ? emission
            : new SessionRecord.Emission(
                new SessionOutput(out.getSessionKey(), out.getEpoch(), attempt, out.getBody()),
                trace);
    spans.left(stamped);
    pass(stamped);
  }

  private SessionRecord stamped(SessionRecord.Block record) throws IOException {
    MediaBlock b = record.block();
    int attempt = attempt(b.sessionKey(), b.attempt());
    return attempt == b.attempt() ? record : new SessionRecord.Block(b.withAttempt(attempt));
  }

  /** The higher of what the operator and the record know; readers refuse a lower one afterwards. */
  private int attempt(String key, int carried) throws IOException {
    SessionHeader header = states.header(key);
    if (carried > header.attempt() && header.info().isPresent()) {
      states.putHeader(key, header.withAttempt(carried));
    }
    return Math.max(carried, header.attempt());
  }
}
