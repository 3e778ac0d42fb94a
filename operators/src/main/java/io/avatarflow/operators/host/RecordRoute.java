package io.avatarflow.operators.host;

import io.avatarflow.operators.stage.SessionRecord;

/** The way of a session's records through the stages of an operator. Mailbox thread only. */
@FunctionalInterface
interface RecordRoute {
  /**
   * Takes a record to a stage, or out of the operator behind the last one.
   *
   * @param span the watermark that must not overtake what becomes of the record
   */
  void forward(SessionLane lane, int stage, SessionRecord record, WatermarkGate.Span span)
      throws Exception;
}
