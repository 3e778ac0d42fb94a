package io.avatarflow.operators.host;

import io.avatarflow.operators.stage.AvatarMetric;
import io.avatarflow.operators.stage.SessionRecord;
import java.io.IOException;

/**
 * Ends sessions that a stage could not serve, one at a time and without harm to their neighbours.
 *
 * <p>Mailbox thread only.
 */
final class SessionFailures {

  private final StageGroup group;
  private final SessionStates states;
  private final SessionLanes lanes;
  private final WakeUps wakeUps;
  private final WatermarkGate watermarks;
  private final GroupExit exit;
  private final HostMetrics metrics;
  private final RecordRoute route;

  SessionFailures(
      StageGroup group,
      SessionStates states,
      SessionLanes lanes,
      WakeUps wakeUps,
      WatermarkGate watermarks,
      GroupExit exit,
      HostMetrics metrics,
      RecordRoute route) {
    this.group = group;
    this.states = states;
    this.lanes = lanes;
    this.wakeUps = wakeUps;
    this.watermarks = watermarks;
    this.exit = exit;
    this.metrics = metrics;
    this.route = route;
  }

  /**
   * Ends a session at a stage, and with it at all stages before. The stage gets an End with its
   * last committed state as its last word; stages behind it finish what they have, then see that
   * End. The caller sees to it that what waits at the stage goes on.
   */
  void fail(SessionLane lane, int stage, SessionRecord record, Throwable cause) throws Exception {
    SessionHeader header = states.header(lane.key());
    metrics.lost(lane.key());
    for (int i = 0; i <= stage; i++) {
      metrics.count(AvatarMetric.DROPPED_RECORDS, lanes.abandon(lane, i));
      wakeUps.drop(lane.key(), i);
      if (i < stage) {
        states.clearCanonical(lane.key(), i);
        group.get(i).forgotten(lane.key());
      }
    }
    if (header.broken() == 0) {
      metrics.count(AvatarMetric.FAILED_SESSIONS, 1);
      String name = group.get(stage).name();
      SessionLog.failed(lane.key(), header.epoch(), name, cause);
      exit.pass(FailureEvents.of(lane.key(), name, record, cause));
    }
    if (record instanceof SessionRecord.End) {
      route.forward(lane, stage + 1, record, watermarks.current());
    } else {
      states.putHeader(lane.key(), header.withBroken(stage + 1));
      lanes.enqueue(lane, stage, FailureEvents.end(lane.key()), watermarks.current());
    }
  }

  /**
   * Takes a record of a session that failed at this stage or behind it; only what says that nothing
   * comes behind it still matters.
   */
  void drop(SessionLane lane, SessionRecord record, SessionHeader header) throws IOException {
    if (FailureEvents.isLast(record)) {
      boolean gone = lane.isIdle();
      states.putHeader(lane.key(), gone ? SessionHeader.UNKNOWN : header.withBroken(0));
    } else {
      metrics.count(AvatarMetric.DROPPED_RECORDS, 1);
      metrics.lost(lane.key());
    }
  }
}
