package io.avatarflow.operators.host;

import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.schemas.CloseReason;
import io.avatarflow.schemas.SessionEvent;
import io.avatarflow.schemas.SessionEventType;

/** What the graph is told when a session cannot go on. */
final class FailureEvents {
  private static final int MAX_DETAIL = 500;

  private FailureEvents() {}

  /** The event for people: which stage, at which sample, why. */
  static SessionRecord.Event of(String key, String stage, SessionRecord record, Throwable cause) {
    long atSample =
        record instanceof SessionRecord.Block block ? block.block().audio().firstSample() : 0;
    String why = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    String detail = "Stage %s failed: %s".formatted(stage, why).replaceAll("\\s+", " ");
    return new SessionRecord.Event(
        new SessionEvent(
            key,
            atSample,
            SessionEventType.FAILED,
            "stage-failed",
            detail.substring(0, Math.min(detail.length(), MAX_DETAIL))));
  }

  /** The record behind which every operator forgets the session. */
  static SessionRecord.End end(String key) {
    return new SessionRecord.End(key, CloseReason.FAILED.name());
  }
}
