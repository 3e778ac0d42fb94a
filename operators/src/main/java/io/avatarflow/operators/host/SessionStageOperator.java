package io.avatarflow.operators.host;

import io.avatarflow.operators.stage.AvatarMetric;
import io.avatarflow.operators.stage.SessionRecord;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.operators.sorted.state.BatchExecutionKeyedStateBackend;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.IOUtils;

/**
 * The keyed operator that hosts an ordered group of stages, and the only custom operator of the
 * graph.
 *
 * <p>Life cycle:
 *
 * <ol>
 *   <li>The constructor opens the {@link DecisionLog}, which connects while the task starts.
 *   <li>{@link #initializeState} makes the stages and, after a failure or a rescale, takes over the
 *       records that were not processed, of the sessions that this subtask owns, and reads in the
 *       log what was decided since; {@link #open} has them resumed by the first mail.
 *   <li>{@link #processElement} gives each record to the {@link GroupFlow}. Start, Block, Emission
 *       and End of a session keep their order; Event, Reject and Control overtake and leave in the
 *       same call. Above the in-flight limit the call yields to the mailbox until there is room.
 *   <li>Devices step turns on their own threads; results are committed by a mail, and only then
 *       does keyed state change and do outputs leave.
 *   <li>{@link #snapshotState} writes the unprocessed records as keyed state and waits for nothing.
 *   <li>Stages that want to be woken get their Tick from {@link WakeUps}, by Flink's processing
 *       time.
 *   <li>{@link #endInput} tells the first stage of every live session, and waits until all has
 *       left.
 *   <li>{@link #close} lets go of the devices, which waits for steps that run, then closes derived
 *       states and stages.
 * </ol>
 *
 * <p>A stage that fails a turn ends that session alone: an event FAILED, an End for everything
 * downstream, and what still arrives for the session is dropped and counted. An {@link Error} or a
 * device that crashes fails the job.
 *
 * <p>Threads: everything here and in the collaborators runs on the task's mailbox thread, but for
 * {@link DeviceTask#finish}.
 */
public final class SessionStageOperator extends AbstractStreamOperator<SessionRecord>
    implements OneInputStreamOperator<SessionRecord, SessionRecord>, BoundedOneInput {
  private static final long serialVersionUID = 1L;

  private final transient StageGroupFactory stages;
  private final transient DeviceSource deviceSource;
  private final transient HostOptions options;
  private final transient DecisionLog log;
  private final transient MailboxExecutor mailbox;

  private transient StageGroup group;
  private transient SessionStates states;
  private transient OperatorDevices devices;
  private transient WatermarkGate watermarks;
  private transient CheckpointPlace checkpointPlace;
  private transient GroupFlow flow;

  SessionStageOperator(
      StreamOperatorParameters<SessionRecord> parameters,
      StageGroupFactory stages,
      DeviceSource deviceSource,
      HostOptions options,
      DecisionLog.Factory logs) {
    super(parameters);
    this.stages = stages;
    this.deviceSource = deviceSource;
    this.options = options;
    TaskInfo task = parameters.getContainingTask().getEnvironment().getTaskInfo();
    this.log = logs.open(task.getMaxNumberOfParallelSubtasks());
    this.mailbox = parameters.getMailboxExecutor();
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    KeyedStateBackend<String> backend = keyedBackend();
    Worker worker = Worker.of(getRuntimeContext());
    group = StageGroup.of(stages.create(worker));
    states = new SessionStates(group, backend, context.getKeyedStateStore());
    devices = new OperatorDevices(deviceSource, worker, mailbox);
    watermarks = new WatermarkGate(super::processWatermark);
    MetricGroup metricGroup = getMetricGroup().addGroup("avatar");
    HostMetrics metrics =
        new HostMetrics(
            metricGroup,
            group.names(),
            group.takesInput(),
            options.endOfGraph(),
            deviceSource.load(worker));
    FrameSpans spans = new FrameSpans(metricGroup, options.spanSampling());
    GroupExit exit = new GroupExit(output, states, metrics, spans);
    flow =
        new GroupFlow(
            group,
            options,
            states,
            exit,
            devices,
            mailbox,
            watermarks,
            metrics,
            getProcessingTimeService());
    checkpointPlace = new CheckpointPlace(context.getOperatorStateStore());
    if (group.takesInput()) {
      Map<AvatarMetric, LongSupplier> gauges = group.gauges();
      AvatarMetric.of(AvatarMetric.Kind.GAUGE, AvatarMetric.Scope.START_OF_GRAPH)
          .forEach(metric -> metrics.gauge(metric, gauges.getOrDefault(metric, () -> 0)));
    }
    metrics.gauge(AvatarMetric.SESSIONS, states::sessions);
    metrics.gauge(AvatarMetric.QUEUED, flow::queued);
    metrics.gauge(AvatarMetric.IN_FLIGHT, flow::inFlight);
    if (context.isRestored()) {
      flow.restore(restored());
    }
  }

  private RestoredSessions restored() throws Exception {
    TaskInfo task = getRuntimeContext().getTaskInfo();
    KeyGroupRange keyGroups =
        KeyGroupRangeAssignment.computeKeyGroupRangeForOperatorIndex(
            task.getMaxNumberOfParallelSubtasks(),
            task.getNumberOfParallelSubtasks(),
            task.getIndexOfThisSubtask());
    List<PublishedSession> published =
        living(log.since(checkpointPlace.logEnd(), keyGroups), checkpointPlace.earliestMillis());
    return new RestoredSessions(
        states.takePending(),
        states.countRestore(task.getAttemptNumber(), published),
        published,
        checkpointPlace.latestMillis());
  }

  /**
   * Leaves out sessions that ended before the checkpoint: the log's position is a little older than
   * it, and what was kept for them would never be fetched.
   */
  private List<PublishedSession> living(
      List<PublishedSession> published, OptionalLong checkpointMillis) throws IOException {
    List<PublishedSession> living = new ArrayList<>();
    for (PublishedSession session : published) {
      boolean openedSince =
          session.openedMillis().isPresent()
              && session.openedMillis().getAsLong() >= checkpointMillis.orElse(Long.MIN_VALUE);
      if (openedSince || states.knows(session.sessionKey())) {
        living.add(session);
      }
    }
    return living;
  }

  private KeyedStateBackend<String> keyedBackend() {
    KeyedStateBackend<String> backend = getKeyedStateBackend();
    if (backend == null) {
      throw new IllegalStateException(
          "Operator \"%s\" has no keyed state; apply it to a stream keyed by the session key."
              .formatted(getOperatorName()));
    }
    if (backend instanceof BatchExecutionKeyedStateBackend) {
      throw new IllegalStateException(
          ("Operator \"%s\" runs in BATCH mode, whose state backend forgets a session whenever the"
                  + " key changes; set execution.runtime-mode to STREAMING and bound the source.")
              .formatted(getOperatorName()));
    }
    return backend;
  }

  @Override
  public void open() throws Exception {
    super.open();
    // A chain is opened from its end, so those behind learn it before they resume.
    flow.announcePublished();
    mailbox.execute(flow::resume, "resume what the checkpoint held");
  }

  @Override
  public void processElement(StreamRecord<SessionRecord> element) throws Exception {
    SessionRecord record = element.getValue();
    if (!overtakes(record)) {
      waitForRoom();
    }
    flow.accept(record);
  }

  private void waitForRoom() throws Exception {
    while (flow.load() >= options.maxInFlight()) {
      mailbox.yield();
    }
  }

  private static boolean overtakes(SessionRecord record) {
    return record instanceof SessionRecord.Event
        || record instanceof SessionRecord.Reject
        || record instanceof SessionRecord.Control
        || record instanceof SessionRecord.Published;
  }

  @Override
  public void processWatermark(Watermark mark) throws Exception {
    watermarks.arrive(mark);
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    states.savePending(flow.pending());
    checkpointPlace.save(getProcessingTimeService().getCurrentProcessingTime(), log.end());
  }

  @Override
  public void endInput() throws Exception {
    drain();
    for (String key : flow.sessionsToEnd()) {
      waitForRoom();
      flow.endOfInput(key);
    }
    drain();
  }

  private void drain() throws Exception {
    while (!flow.isDrained()) {
      mailbox.yield();
    }
  }

  @Override
  public void close() throws Exception {
    IOUtils.closeAll(Arrays.asList(devices, flow, group, log, super::close));
  }
}
