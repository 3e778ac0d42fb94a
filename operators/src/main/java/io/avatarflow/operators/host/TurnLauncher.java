package io.avatarflow.operators.host;

import io.avatarflow.operators.host.SessionLane.Running;
import io.avatarflow.operators.host.SessionLane.Slot;
import io.avatarflow.operators.host.SessionLane.Waiting;
import io.avatarflow.operators.stage.Placement;
import io.avatarflow.operators.stage.SessionInfo;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.operators.stage.Stage;
import io.avatarflow.operators.stage.Turn;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes turns of records and sends them to where their stage runs.
 *
 * <p>A turn of a stage on the task's thread is run and committed within the call, and so is the
 * turn of a block that its device leaves to the caller; any other goes to a device, and its commit
 * comes as a mail. Mailbox thread only, but for the moment in which a device gives a turn back.
 */
final class TurnLauncher implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TurnLauncher.class);

  private final StageGroup group;
  private final SessionStates states;
  private final RestoreNotices notices;
  private final OperatorDevices devices;
  private final MailboxExecutor mailbox;
  private final WatermarkGate watermarks;
  private final SessionFailures failures;
  private final LongSupplier nowMicros;
  private final Target target;
  private final Set<Running> atDevices = new HashSet<>();

  /** Freed by the device, not by the commit: a nested yield may not be able to run our commits. */
  private final AtomicInteger inFlight = new AtomicInteger();

  /** Who takes the turns back. */
  interface Target {
    /** A turn has run within {@link #launch}. */
    void ran(SessionLane lane, int stage, Running running) throws Exception;

    /** A turn came back from its device; nothing else will look at the lane. */
    void cameBack(SessionLane lane, int stage, Running running) throws Exception;
  }

  TurnLauncher(
      StageGroup group,
      SessionStates states,
      RestoreNotices notices,
      OperatorDevices devices,
      MailboxExecutor mailbox,
      WatermarkGate watermarks,
      SessionFailures failures,
      LongSupplier nowMicros,
      Target target) {
    this.group = group;
    this.states = states;
    this.notices = notices;
    this.devices = devices;
    this.mailbox = mailbox;
    this.watermarks = watermarks;
    this.failures = failures;
    this.nowMicros = nowMicros;
    this.target = target;
  }

  /** Turns that a device has not given back. */
  int inFlight() {
    return inFlight.get();
  }

  /** True when no turn waits for a device or for its commit. */
  boolean isIdle() {
    return atDevices.isEmpty();
  }

  /** Starts the turn of a record, unless it is a wake-up that the state no longer wants. */
  void launch(SessionLane lane, int stage, Waiting waiting, Optional<SessionInfo> info)
      throws Exception {
    Slot slot = lane.slot(stage);
    Stage<Object> owner = group.get(stage);
    SessionRecord record = notices.caughtUp(waiting.record());
    if (stage == group.last()) {
      record = notices.flagged(record);
    }
    Placement placement;
    Turn<Object> turn;
    try {
      placement = owner.placementOf(record);
      Object state = states.canonical(lane.key(), stage, info);
      if (record instanceof SessionRecord.Tick tick && !isDue(tick, owner.wakeAtMicros(state))) {
        watermarks.leave(waiting);
        return;
      }
      turn = new Turn<>(info.orElse(null), record, state, slot.derived());
    } catch (IOException | RuntimeException e) {
      failures.fail(lane, stage, record, e);
      watermarks.leave(waiting);
      return;
    }
    Running running = new Running(waiting, slot.derived());
    DeviceTask task =
        new DeviceTask(owner, turn, urgency(lane, record), t -> givenBack(lane, stage, running));
    running.with(task);
    slot.begin(running);
    if (placement == Placement.TASK) {
      do {
        DeviceTask.step(List.of(task));
      } while (task.wantsAnotherStep());
      target.ran(lane, stage, running);
      return;
    }
    atDevices.add(running);
    if (record instanceof SessionRecord.Block && devices.runHere(placement, task)) {
      atDevices.remove(running);
      target.ran(lane, stage, running);
    } else {
      inFlight.incrementAndGet();
      devices.submit(placement, task);
    }
  }

  /**
   * A block that was due before the restore cannot be on time any more, and sessions that lived
   * here all along would be late for it if it went first.
   */
  private Urgency urgency(SessionLane lane, SessionRecord record) {
    Urgency urgency = lane.urgencyOf(record);
    return record instanceof SessionRecord.Block && notices.wasDueBefore(urgency.deadlineMicros())
        ? Urgency.ofInput(nowMicros.getAsLong())
        : urgency;
  }

  private static boolean isDue(SessionRecord.Tick tick, OptionalLong wakeAtMicros) {
    return tick.endOfInput()
        || (wakeAtMicros.isPresent() && wakeAtMicros.getAsLong() <= tick.nowMicros());
  }

  /** Called by the device on its own thread. */
  private void givenBack(SessionLane lane, int stage, Running running) {
    inFlight.decrementAndGet();
    try {
      mailbox.execute(
          () -> {
            atDevices.remove(running);
            target.cameBack(lane, stage, running);
          },
          "commit a turn of stage %s of session %s",
          group.get(stage).name(),
          lane.key());
    } catch (RejectedExecutionException e) {
      LOG.debug("The operator was closed before a turn of {} was committed.", lane.key(), e);
    }
  }

  /** Closes what turns own that were never committed. Only once no device runs a step of them. */
  @Override
  public void close() {
    atDevices.forEach(Running::closeDerived);
    atDevices.clear();
  }
}
