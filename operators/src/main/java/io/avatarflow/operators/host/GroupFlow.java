package io.avatarflow.operators.host;

import io.avatarflow.operators.host.SessionLane.Running;
import io.avatarflow.operators.host.SessionLane.Slot;
import io.avatarflow.operators.host.SessionLane.Waiting;
import io.avatarflow.operators.stage.AvatarMetric;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.operators.stage.Stage;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.streaming.runtime.tasks.ProcessingTimeService;

/**
 * Moves the records of all sessions through the stages of an operator.
 *
 * <p>Each session has a queue and at most one turn at each stage, so its records keep their order
 * and different sessions overtake each other freely. A turn's record stays in the lane, and the
 * state it started from stays in force, until the turn is committed in the mailbox: what a
 * checkpoint sees is always the state before plus the records still owed.
 *
 * <p>The way of a record: it is put in line in a {@link SessionLane}, made a turn by the {@link
 * TurnLauncher}, stepped where its stage runs, committed by the {@link TurnCommitter}, and what it
 * became is forwarded to the next stage; behind the last one it leaves by the {@link GroupExit}.
 * {@link SessionFailures} ends the session of a turn that failed.
 *
 * <p>A stage that wants to be woken gets a Tick, a turn like any other in the order of its session;
 * one that the state no longer wants when it comes up is dropped. Ticks are not checkpointed: what
 * they are made from is.
 *
 * <p>Mailbox thread only.
 */
final class GroupFlow implements AutoCloseable {
  private final StageGroup group;
  private final HostOptions options;
  private final SessionStates states;
  private final GroupExit exit;
  private final WatermarkGate watermarks;
  private final HostMetrics metrics;

  private final RestoreNotices notices = new RestoreNotices();
  private final SessionLanes lanes;
  private final WakeUps wakeUps;
  private final SessionFailures failures;
  private final TurnLauncher launcher;
  private final TurnCommitter committer;

  GroupFlow(
      StageGroup group,
      HostOptions options,
      SessionStates states,
      GroupExit exit,
      OperatorDevices devices,
      MailboxExecutor mailbox,
      WatermarkGate watermarks,
      HostMetrics metrics,
      ProcessingTimeService time) {
    this.group = group;
    this.options = options;
    this.states = states;
    this.exit = exit;
    this.watermarks = watermarks;
    this.metrics = metrics;
    this.lanes = new SessionLanes(group.size(), watermarks);
    this.wakeUps = new WakeUps(time, this::wake);
    this.failures =
        new SessionFailures(
            group, states, lanes, wakeUps, watermarks, exit, metrics, this::forward);
    this.committer =
        new TurnCommitter(
            group, states, wakeUps, notices, failures, watermarks, metrics, this::forward);
    this.launcher =
        new TurnLauncher(
            group,
            states,
            notices,
            devices,
            mailbox,
            watermarks,
            failures,
            wakeUps::nowMicros,
            new Commits());
  }

  /**
   * Turns that wait or are at a device. Decisions take no room that their blocks would wait for.
   */
  int load() {
    return queued() - lanes.decisions() + inFlight();
  }

  int queued() {
    return lanes.queued();
  }

  int inFlight() {
    return launcher.inFlight();
  }

  /** True when every record that came in has left. */
  boolean isDrained() {
    return queued() == 0 && launcher.isIdle();
  }

  /** Takes a record from upstream. */
  void accept(SessionRecord record) throws Exception {
    if (record instanceof SessionRecord.Published published) {
      notices.published(published.sessionKey(), published.lastBlock());
      if (!options.endOfGraph()) {
        exit.pass(published);
      }
      return;
    }
    SessionLane lane = lanes.lane(record.sessionKey());
    forward(lane, 0, record, watermarks.current());
    lanes.tidy(lane);
  }

  private void wake(String key, int stage, long nowMicros) throws Exception {
    tick(stage, new SessionRecord.Tick(key, nowMicros, false));
  }

  /** The sessions whose first stage is to learn of the end of a bounded input. */
  List<String> sessionsToEnd() {
    boolean told = group.get(0).accepts(new SessionRecord.Tick("", 0, true));
    return told ? states.sessionsAt(0) : List.of();
  }

  /** Tells a session's first stage that no input will ever follow. */
  void endOfInput(String key) throws Exception {
    tick(0, new SessionRecord.Tick(key, wakeUps.nowMicros(), true));
  }

  private void tick(int stage, SessionRecord.Tick tick) throws Exception {
    SessionLane lane = lanes.lane(tick.sessionKey());
    if (stage >= states.header(lane.key()).broken()) {
      lanes.enqueue(lane, stage, tick, watermarks.current());
      pump(lane, stage);
    }
    lanes.tidy(lane);
  }

  private void forward(SessionLane lane, int stage, SessionRecord record, WatermarkGate.Span span)
      throws Exception {
    if (record instanceof SessionRecord.Event || record instanceof SessionRecord.Reject) {
      exit.pass(record);
      return;
    }
    if (record instanceof SessionRecord.End && stage > 0) {
      forget(lane, stage - 1);
    }
    SessionHeader header = states.header(lane.key());
    if (stage < header.broken()) {
      failures.drop(lane, record, header);
    } else if (record instanceof SessionRecord.Control control) {
      control(lane, stage, control, header);
    } else {
      if (record instanceof SessionRecord.Start start) {
        states.putHeader(lane.key(), header.withInfo(start.info()));
      }
      if (stage == group.size()) {
        leave(lane, record);
      } else {
        lanes.enqueue(lane, stage, record, span);
        pump(lane, stage);
      }
    }
  }

  private void forget(SessionLane lane, int stage) {
    states.clearCanonical(lane.key(), stage);
    group.get(stage).forgotten(lane.key());
    wakeUps.drop(lane.key(), stage);
    lane.slot(stage).closeDerived();
  }

  private void leave(SessionLane lane, SessionRecord record) throws IOException {
    exit.leave(record);
    if (record instanceof SessionRecord.End) {
      SessionHeader header = states.header(lane.key());
      states.putHeader(
          lane.key(), header.broken() > 0 ? header.tombstone() : SessionHeader.UNKNOWN);
      notices.forget(lane.key());
    }
  }

  private void control(
      SessionLane lane, int firstStage, SessionRecord.Control control, SessionHeader header)
      throws Exception {
    if (control.kind() == SessionRecord.Control.Kind.INTERRUPT
        && control.epoch() > header.epoch()) {
      states.putHeader(lane.key(), header.withEpoch(control.epoch()));
    }
    exit.pass(control);
    for (int i = firstStage; i < group.size(); i++) {
      try {
        group.get(i).control(control, lane.slot(i).derived());
      } catch (RuntimeException e) {
        failures.fail(lane, i, control, e);
        pump(lane, i);
        return;
      }
    }
  }

  /** Starts what can start at a stage; what the stage does not accept passes in its turn. */
  private void pump(SessionLane lane, int stage) throws Exception {
    Slot slot = lane.slot(stage);
    while (!slot.busy() && !slot.queue().isEmpty()) {
      SessionHeader header = states.header(lane.key());
      if (stage == group.last() && staysForItsBlock(slot, header)) {
        return;
      }
      Waiting waiting = next(slot, stage, header);
      SessionRecord record = waiting.record();
      boolean known = header.info().isPresent() || entersGraph(record);
      if (record instanceof SessionRecord.Tick tick) {
        if (group.get(stage).accepts(tick) && states.keeps(lane.key(), stage)) {
          launcher.launch(lane, stage, waiting, header.info());
          continue;
        }
      } else if (!group.get(stage).accepts(record)
          || (!known && record instanceof SessionRecord.End)) {
        forward(lane, stage + 1, record, waiting.span());
      } else if (known) {
        launcher.launch(lane, stage, waiting, header.info());
        continue;
      } else {
        metrics.count(AvatarMetric.DROPPED_RECORDS, 1);
      }
      watermarks.leave(waiting);
    }
  }

  /**
   * At the end of the graph a decision stays for the frames of its block: a write of its own would
   * keep producer and broker as busy as all of its frames do, while they are being made.
   */
  private boolean staysForItsBlock(Slot slot, SessionHeader header) {
    return options.endOfGraph()
        && header.info().isPresent()
        && slot.queue().size() == 1
        && SessionLanes.isDecision(slot.queue().element().record());
  }

  /** Takes out the record that is next; with it, at the end of the graph, a block's decision. */
  private Waiting next(Slot slot, int stage, SessionHeader header) {
    Waiting first = lanes.dequeue(slot);
    boolean joined =
        options.endOfGraph()
            && stage == group.last()
            && header.info().isPresent()
            && SessionLanes.isDecision(first.record())
            && !slot.queue().isEmpty()
            && slot.queue().element().record() instanceof SessionRecord.Block block
            && group.get(stage).accepts(block);
    return joined ? lanes.dequeue(slot).behind(first) : first;
  }

  /** True for records that may come before their session's Start. */
  private static boolean entersGraph(SessionRecord record) {
    return record instanceof SessionRecord.Input || record instanceof SessionRecord.Decisions;
  }

  /** Takes turns back from the launcher. */
  private final class Commits implements TurnLauncher.Target {
    /** Called from within {@link #pump}, which starts what comes next. */
    @Override
    public void ran(SessionLane lane, int stage, Running running) throws Exception {
      committer.commit(lane, stage, running);
    }

    @Override
    public void cameBack(SessionLane lane, int stage, Running running) throws Exception {
      committer.commit(lane, stage, running);
      pump(lane, stage);
      lanes.tidy(lane);
    }
  }

  /** Takes over what a checkpoint held; nothing runs before {@link #resume}. */
  void restore(RestoredSessions restored) throws IOException {
    // Before the records that wait: what was decided about them is to be decided again.
    for (PublishedSession session : restored.published()) {
      SessionRecord decisions =
          new SessionRecord.Decisions(session.sessionKey(), session.decisions());
      if (!session.decisions().isEmpty() && group.get(0).accepts(decisions)) {
        enqueue(0, decisions);
      }
      notices.published(session.sessionKey(), session.lastBlock());
    }
    restored
        .pending()
        .forEach((key, records) -> records.forEach(r -> enqueue(r.stage(), r.record())));
    long now = wakeUps.nowMicros();
    notices.restored(now);
    if (options.endOfGraph()) {
      OptionalLong checkpoint = restored.checkpointMillis();
      long since = checkpoint.isPresent() ? checkpoint.getAsLong() * 1000 : now;
      notices.announce(restored.open(), since);
    }
    wakeUps.restored();
  }

  /** Tells the operators behind this one what the decision log told it. */
  void announcePublished() {
    if (!options.endOfGraph()) {
      notices.published().forEach((key, last) -> exit.pass(new SessionRecord.Published(key, last)));
    }
  }

  private void enqueue(int stage, SessionRecord record) {
    lanes.enqueue(lanes.lane(record.sessionKey()), stage, record, watermarks.current());
  }

  /** Starts what {@link #restore} took over, the stages behind first. */
  void resume() throws Exception {
    for (int stage = 0; stage < group.size(); stage++) {
      List<String> sessions = states.sessionsAt(stage);
      group.get(stage).restored(sessions, wakeUps.nowMicros());
      for (String key : sessions) {
        askAgain(key, stage);
      }
    }
    for (SessionLane lane : lanes.all()) {
      for (int stage = group.last(); stage >= 0; stage--) {
        pump(lane, stage);
      }
      lanes.tidy(lane);
    }
  }

  /** Wake-ups live in memory alone; the restored state says when each is. */
  private void askAgain(String key, int stage) throws Exception {
    SessionHeader header = states.header(key);
    if (stage < header.broken()) {
      return;
    }
    try {
      Object state = states.canonical(key, stage, header.info());
      Stage<Object> owner = group.get(stage);
      wakeUps.want(key, stage, owner.wakeAtMicros(state), owner.keepsTime());
    } catch (IOException | RuntimeException e) {
      SessionRecord cause = new SessionRecord.Tick(key, wakeUps.nowMicros(), false);
      failures.fail(lanes.lane(key), stage, cause, e);
    }
  }

  /** The records that a checkpoint must hold, by session. */
  Map<String, List<PendingRecord>> pending() {
    return lanes.pending();
  }

  /** Closes all derived state. Only once no device runs a step of this operator. */
  @Override
  public void close() {
    wakeUps.close();
    launcher.close();
    lanes.close();
  }
}
