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
import java.time.Clock;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.streaming.runtime.tasks.ProcessingTimeService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves the records of all sessions through the stages of an operator.
 *
 * <p>Each session has a queue and at most one turn at each stage, so its records keep their order
 * and different sessions overtake each other freely. A turn's record stays in the lane, and the
 * state it started from stays in force, until the turn is committed in the mailbox: what a
 * checkpoint sees is always the state before plus the records still owed.
 *
 * <p>A stage that wants to be woken gets a Tick, a turn like any other in the order of its session;
 * one that the state no longer wants when it comes up is dropped. Ticks are not checkpointed: what
 * they are made from is.
 *
 * <p>Mailbox thread only, but for the moment in which a device gives a turn back.
 */
final class GroupFlow implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(GroupFlow.class);

  private final StageGroup group;
  private final HostOptions options;
  private final SessionStates states;
  private final GroupExit exit;
  private final OperatorDevices devices;
  private final MailboxExecutor mailbox;
  private final WatermarkGate watermarks;
  private final HostMetrics metrics;
  private final Clock clock = Clock.systemUTC();

  private final Map<String, SessionLane> lanes = new HashMap<>();
  private final Set<Running> atDevices = new HashSet<>();
  private final RestoreNotices notices = new RestoreNotices();
  private final WakeUps wakeUps;

  /** Freed by the device, not by the commit: a nested yield may not be able to run our commits. */
  private final AtomicInteger inFlight = new AtomicInteger();

  private int queued;

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
    this.devices = devices;
    this.mailbox = mailbox;
    this.watermarks = watermarks;
    this.metrics = metrics;
    this.wakeUps = new WakeUps(time, this::wake);
  }

  /** Turns that wait or are at a device. */
  int load() {
    return queued + inFlight.get();
  }

  int queued() {
    return queued;
  }

  int inFlight() {
    return inFlight.get();
  }

  /** True when every record that came in has left. */
  boolean isDrained() {
    return queued == 0 && atDevices.isEmpty();
  }

  /** Takes a record from upstream. */
  void accept(SessionRecord record) throws Exception {
    SessionLane lane = lane(record.sessionKey());
    forward(lane, 0, record, watermarks.current());
    tidy(lane);
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
    SessionLane lane = lane(tick.sessionKey());
    if (stage >= states.header(lane.key()).broken()) {
      enqueue(lane, stage, tick, watermarks.current());
      pump(lane, stage);
    }
    tidy(lane);
  }

  private SessionLane lane(String key) {
    return lanes.computeIfAbsent(key, k -> new SessionLane(k, group.size()));
  }

  private void tidy(SessionLane lane) {
    if (lane.isEmpty()) {
      lanes.remove(lane.key(), lane);
    }
  }

  /** Takes a record to a stage, or out of the operator behind the last one. */
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
      drop(lane, record, header);
    } else if (record instanceof SessionRecord.Control control) {
      control(lane, stage, control, header);
    } else {
      if (record instanceof SessionRecord.Start start) {
        states.putHeader(lane.key(), header.withInfo(start.info()));
      }
      if (stage == group.size()) {
        leave(lane, record);
      } else {
        enqueue(lane, stage, record, span);
        pump(lane, stage);
      }
    }
  }

  private void enqueue(SessionLane lane, int stage, SessionRecord record, WatermarkGate.Span span) {
    lane.slot(stage).queue().add(new Waiting(record, System.nanoTime(), span));
    queued++;
    watermarks.enter(span);
  }

  /** A failed session: only what says that nothing comes behind it still matters. */
  private void drop(SessionLane lane, SessionRecord record, SessionHeader header)
      throws IOException {
    if (FailureEvents.isLast(record)) {
      boolean gone = lane.isIdle();
      states.putHeader(lane.key(), gone ? SessionHeader.UNKNOWN : header.withBroken(0));
    } else {
      metrics.count(HostMetric.DROPPED_RECORDS, 1);
    }
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
        fail(lane, i, control, e);
        pump(lane, i);
        return;
      }
    }
  }

  /** Starts what can start at a stage; what the stage does not accept passes in its turn. */
  private void pump(SessionLane lane, int stage) throws Exception {
    Slot slot = lane.slot(stage);
    while (!slot.busy() && !slot.queue().isEmpty()) {
      Waiting waiting = slot.queue().remove();
      queued--;
      SessionHeader header = states.header(lane.key());
      SessionRecord record = waiting.record();
      boolean known = header.info().isPresent() || record instanceof SessionRecord.Input;
      if (record instanceof SessionRecord.Tick tick) {
        if (group.get(stage).accepts(tick) && states.keeps(lane.key(), stage)) {
          start(lane, stage, waiting, header.info());
          continue;
        }
      } else if (!group.get(stage).accepts(record)
          || (!known && record instanceof SessionRecord.End)) {
        forward(lane, stage + 1, record, waiting.span());
      } else if (known) {
        start(lane, stage, waiting, header.info());
        continue;
      } else {
        metrics.count(HostMetric.DROPPED_RECORDS, 1);
      }
      watermarks.leave(waiting.span());
    }
  }

  private void start(SessionLane lane, int stage, Waiting waiting, Optional<SessionInfo> info)
      throws Exception {
    Slot slot = lane.slot(stage);
    Stage<Object> owner = group.get(stage);
    SessionRecord record =
        stage == group.last() ? notices.flagged(waiting.record()) : waiting.record();
    Placement placement;
    Turn<Object> turn;
    try {
      placement = owner.placementOf(record);
      Object state = states.canonical(lane.key(), stage, info);
      if (record instanceof SessionRecord.Tick tick && !isDue(tick, owner.wakeAtMicros(state))) {
        watermarks.leave(waiting.span());
        return;
      }
      turn = new Turn<>(info.orElse(null), record, state, slot.derived());
    } catch (IOException | RuntimeException e) {
      fail(lane, stage, record, e);
      watermarks.leave(waiting.span());
      return;
    }
    Running running = new Running(waiting, slot.derived());
    DeviceTask task =
        new DeviceTask(owner, turn, lane.deadlineOf(record), t -> givenBack(lane, stage, running));
    running.with(task);
    slot.begin(running);
    if (placement == Placement.TASK) {
      do {
        DeviceTask.step(List.of(task));
      } while (task.wantsAnotherStep());
      commit(lane, stage, running);
    } else {
      inFlight.incrementAndGet();
      atDevices.add(running);
      devices.submit(placement, task);
    }
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
            commit(lane, stage, running);
            pump(lane, stage);
            tidy(lane);
          },
          "commit a turn of stage %s of session %s",
          group.get(stage).name(),
          lane.key());
    } catch (RejectedExecutionException e) {
      LOG.debug("The operator was closed before a turn of {} was committed.", lane.key(), e);
    }
  }

  private void commit(SessionLane lane, int stage, Running running) throws Exception {
    Slot slot = lane.slot(stage);
    Waiting waiting = running.waiting();
    if (!slot.runs(running)) {
      running.closeDerived();
      watermarks.leave(waiting.span());
      return;
    }
    Turn<Object> turn = running.task().turn();
    OptionalLong wakeAt = wakeAt(stage, turn);
    TurnTrace trace = TurnTrace.of(running.task(), waiting.sinceNanos(), System.nanoTime());
    metrics.turn(stage, trace);
    if (turn.answer() == Turn.Answer.FAILED) {
      running.closeDerived();
      fail(lane, stage, waiting.record(), turn.failure());
    } else {
      slot.end();
      boolean kept = states.commit(lane.key(), stage, turn.newState());
      wakeUps.want(lane.key(), stage, kept ? wakeAt : OptionalLong.empty());
      if (stage == group.last()) {
        metrics.count(HostMetric.BLOCKS, blocks(waiting.record(), turn.outputs()));
        for (SessionRecord notice : notices.ahead(turn.record(), trace)) {
          forward(lane, stage + 1, notice, waiting.span());
        }
      }
      for (SessionRecord output : turn.outputs()) {
        forward(lane, stage + 1, trace.addTo(output, clock), waiting.span());
      }
    }
    watermarks.leave(waiting.span());
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

  /**
   * Ends a session at a stage, and with it at all stages before. The stage gets an End with its
   * last committed state as its last word; stages behind it finish what they have, then see that
   * End. The caller pumps the stage.
   */
  private void fail(SessionLane lane, int stage, SessionRecord record, Throwable cause)
      throws Exception {
    SessionHeader header = states.header(lane.key());
    for (int i = 0; i <= stage; i++) {
      abandon(lane, i);
      if (i < stage) {
        states.clearCanonical(lane.key(), i);
      }
    }
    if (header.broken() == 0) {
      metrics.count(HostMetric.FAILED_SESSIONS, 1);
      String name = group.get(stage).name();
      LOG.warn("Stage {} fails session {}; other sessions go on.", name, lane.key(), cause);
      exit.pass(FailureEvents.of(lane.key(), name, record, cause));
    }
    if (record instanceof SessionRecord.End) {
      forward(lane, stage + 1, record, watermarks.current());
    } else {
      states.putHeader(lane.key(), header.withBroken(stage + 1));
      enqueue(lane, stage, FailureEvents.end(lane.key()), watermarks.current());
    }
  }

  private void abandon(SessionLane lane, int stage) throws Exception {
    Slot slot = lane.slot(stage);
    metrics.count(HostMetric.DROPPED_RECORDS, slot.queue().size());
    while (!slot.queue().isEmpty()) {
      queued--;
      watermarks.leave(slot.queue().remove().span());
    }
    slot.abandon();
    slot.closeDerived();
    wakeUps.drop(lane.key(), stage);
  }

  private void forget(SessionLane lane, int stage) {
    states.clearCanonical(lane.key(), stage);
    wakeUps.drop(lane.key(), stage);
    lane.slot(stage).closeDerived();
  }

  /** Takes over what a checkpoint held; nothing runs before {@link #resume}. */
  void restore(
      Map<String, List<PendingRecord>> pending,
      Set<String> openSessions,
      OptionalLong checkpointMillis) {
    pending.forEach(
        (key, records) ->
            records.forEach(r -> enqueue(lane(key), r.stage(), r.record(), watermarks.current())));
    if (options.endOfGraph()) {
      long now = wakeUps.nowMicros();
      long outage = checkpointMillis.isPresent() ? now - checkpointMillis.getAsLong() * 1000 : 0;
      notices.restored(openSessions, Math.max(0, outage));
    }
    wakeUps.restored();
  }

  /** Starts what {@link #restore} took over, the stages behind first. */
  void resume() throws Exception {
    for (int stage = 0; stage < group.size(); stage++) {
      for (String key : states.sessionsAt(stage)) {
        askAgain(key, stage);
      }
    }
    for (SessionLane lane : List.copyOf(lanes.values())) {
      for (int stage = group.last(); stage >= 0; stage--) {
        pump(lane, stage);
      }
      tidy(lane);
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
      wakeUps.want(key, stage, group.get(stage).wakeAtMicros(state));
    } catch (IOException | RuntimeException e) {
      fail(lane(key), stage, new SessionRecord.Tick(key, wakeUps.nowMicros(), false), e);
    }
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

  /** Closes all derived state. Only once no device runs a step of this operator. */
  @Override
  public void close() {
    wakeUps.close();
    atDevices.forEach(Running::closeDerived);
    atDevices.clear();
    lanes.values().forEach(SessionLane::closeDerived);
    lanes.clear();
  }
}
