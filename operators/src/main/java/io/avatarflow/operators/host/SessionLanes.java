package io.avatarflow.operators.host;

import io.avatarflow.operators.host.SessionLane.Slot;
import io.avatarflow.operators.host.SessionLane.Waiting;
import io.avatarflow.operators.stage.SessionRecord;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The lanes of an operator's sessions, with a count of the records that wait in them.
 *
 * <p>A lane is there while it holds a record, a turn or derived state. Mailbox thread only.
 */
final class SessionLanes implements AutoCloseable {
  private final int stages;
  private final WatermarkGate watermarks;
  private final Map<String, SessionLane> lanes = new HashMap<>();
  private int queued;
  private int decisions;

  SessionLanes(int stages, WatermarkGate watermarks) {
    this.stages = stages;
    this.watermarks = watermarks;
  }

  /** The session's lane, made if there is none. */
  SessionLane lane(String key) {
    return lanes.computeIfAbsent(key, k -> new SessionLane(k, stages));
  }

  /** Forgets a lane that holds nothing. */
  void tidy(SessionLane lane) {
    if (lane.isEmpty()) {
      lanes.remove(lane.key(), lane);
    }
  }

  /** All lanes as they are now. */
  List<SessionLane> all() {
    return List.copyOf(lanes.values());
  }

  /** Records that wait. */
  int queued() {
    return queued;
  }

  /** Those of them that are decisions, which wait for the block behind them. */
  int decisions() {
    return decisions;
  }

  /** Puts a record in line at a stage. */
  void enqueue(SessionLane lane, int stage, SessionRecord record, WatermarkGate.Span span) {
    lane.slot(stage).queue().add(new Waiting(record, System.nanoTime(), span, null));
    queued++;
    decisions += isDecision(record) ? 1 : 0;
    watermarks.enter(span);
  }

  /** Takes the record out that is next; the caller lets go of its watermark. */
  Waiting dequeue(Slot slot) {
    Waiting waiting = slot.queue().remove();
    queued--;
    decisions -= isDecision(waiting.record()) ? 1 : 0;
    return waiting;
  }

  /** True for the mark that says what was decided about the block behind it. */
  static boolean isDecision(SessionRecord record) {
    return record instanceof SessionRecord.Emission emission && emission.isDecision();
  }

  /**
   * Drops what waits at a stage, leaves its running turn to itself and closes its derived state.
   *
   * @return how many records were dropped
   */
  int abandon(SessionLane lane, int stage) throws Exception {
    Slot slot = lane.slot(stage);
    int dropped = slot.queue().size();
    while (!slot.queue().isEmpty()) {
      watermarks.leave(dequeue(slot));
    }
    slot.abandon();
    slot.closeDerived();
    return dropped;
  }

  /** The records that a checkpoint must hold, by session. */
  Map<String, List<PendingRecord>> pending() {
    Map<String, List<PendingRecord>> pending = new HashMap<>();
    for (SessionLane lane : lanes.values()) {
      List<PendingRecord> records = lane.pending();
      if (!records.isEmpty()) {
        pending.put(lane.key(), records);
      }
    }
    return pending;
  }

  /** Closes all derived state. */
  @Override
  public void close() {
    lanes.values().forEach(SessionLane::closeDerived);
    lanes.clear();
  }
}
