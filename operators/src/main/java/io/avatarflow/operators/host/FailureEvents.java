package io.avatarflow.operators.host;

import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.schemas.CloseReason;
import io.avatarflow.schemas.SessionClose;
import io.avatarflow.schemas.SessionEvent;
import io.avatarflow.schemas.SessionEventType;

/** The records around a session that cannot go on. */
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

  /**
   * True for the record that ends a failed session where it still arrives: End, or, at the operator
   * that opens sessions, the producer's close. Until then a header of some 20 bytes stays.
   */
  static boolean isLast(SessionRecord record) {
    return record instanceof SessionRecord.End
        || (record instanceof SessionRecord.Input input
            && input.input().getBody() instanceof SessionClose);
  }

  /** The record behind which every operator forgets the session. */
  static SessionRecord.End end(String key) {
    return new SessionRecord.End(key, CloseReason.FAILED.name());
  }
}
