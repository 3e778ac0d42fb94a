package io.avatarflow.operators.host;

import io.avatarflow.operators.host.SessionLane.Running;
import io.avatarflow.operators.host.SessionLane.Slot;
import io.avatarflow.operators.host.SessionLane.Waiting;
import io.avatarflow.operators.stage.AvatarMetric;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.operators.stage.Turn;
import java.time.Clock;
import java.util.List;
import java.util.OptionalLong;

/**
 * Makes a turn that was stepped count: its state replaces the one before, its wake-up is noted and
 * its outputs go on to the next stage.
 *
 * <p>Until this moment the record of the turn is owed and the state before is in force, which is
 * what a checkpoint sees. A turn that failed ends its session; one whose session failed meanwhile
 * only gives back what it owns. Mailbox thread only.
 */
final class TurnCommitter {
  private final StageGroup group;
  private final SessionStates states;
  private final WakeUps wakeUps;
  private final RestoreNotices notices;
  private final SessionFailures failures;
  private final WatermarkGate watermarks;
  private final HostMetrics metrics;
  private final RecordRoute route;
  private final Clock clock = Clock.systemUTC();

  TurnCommitter(
      StageGroup group,
      SessionStates states,
      WakeUps wakeUps,
      RestoreNotices notices,
      SessionFailures failures,
      WatermarkGate watermarks,
      HostMetrics metrics,
      RecordRoute route) {
    this.group = group;
    this.states = states;
    this.wakeUps = wakeUps;
    this.notices = notices;
    this.failures = failures;
    this.watermarks = watermarks;
    this.metrics = metrics;
    this.route = route;
  }

  /** Commits a turn; the caller then starts what waits behind it. */
  void commit(SessionLane lane, int stage, Running running) throws Exception {
    Slot slot = lane.slot(stage);
    Waiting waiting = running.waiting();
    if (!slot.runs(running)) {
      running.closeDerived();
      watermarks.leave(waiting);
      return;
    }
    Waiting decision = waiting.decision();
    if (decision != null) {
      route.forward(lane, stage + 1, decision.record(), decision.span());
    }
    Turn<Object> turn = running.task().turn();
    OptionalLong wakeAt = wakeAt(stage, turn);
    TurnTrace trace = TurnTrace.of(running.task(), waiting.sinceNanos(), System.nanoTime());
    metrics.turn(stage, trace);
    if (turn.answer() == Turn.Answer.FAILED) {
      running.closeDerived();
      failures.fail(lane, stage, waiting.record(), turn.failure());
    } else {
      slot.end();
      boolean kept = states.commit(lane.key(), stage, turn.newState());
      wakeUps.want(
          lane.key(), stage, kept ? wakeAt : OptionalLong.empty(), group.get(stage).keepsTime());
      pass(lane, stage, waiting, turn, trace);
    }
    watermarks.leave(waiting);
  }

  private void pass(
      SessionLane lane, int stage, Waiting waiting, Turn<Object> turn, TurnTrace trace)
      throws Exception {
    long epoch = states.header(lane.key()).epoch();
    if (stage == group.last()) {
      metrics.count(AvatarMetric.BLOCKS, blocks(waiting.record(), turn.outputs()));
      if (waiting.record() instanceof SessionRecord.Block block) {
        metrics.finished(block.block(), clock.millis() * 1000);
      }
      for (SessionRecord notice : notices.ahead(turn.record(), wakeUps.nowMicros())) {
        metrics.made(notice);
        SessionLog.made(notice, epoch);
        route.forward(lane, stage + 1, notice, waiting.span());
      }
    }
    for (SessionRecord output : turn.outputs()) {
      SessionRecord traced = trace.addTo(stage == 0 ? notices.caughtUp(output) : output, clock);
      metrics.made(traced);
      SessionLog.made(traced, epoch);
      if (turn.record() instanceof SessionRecord.Block block && block.block().epoch() >= epoch) {
        metrics.frame(block.block(), traced);
      }
      route.forward(lane, stage + 1, traced, waiting.span());
    }
  }

  /** Asks a turn that is done when the stage wants the next; a stage that cannot say, fails it. */
  private OptionalLong wakeAt(int stage, Turn<Object> turn) {
    if (turn.answer() == Turn.Answer.DONE) {
      try {
        return group.get(stage).wakeAtMicros(turn.newState());
      } catch (RuntimeException e) {
        turn.fail(e);
      }
    }
    return OptionalLong.empty();
  }

  private static long blocks(SessionRecord input, List<SessionRecord> outputs) {
    return input instanceof SessionRecord.Block
        ? 1
        : outputs.stream().filter(SessionRecord.Block.class::isInstance).count();
  }
}
