package io.avatarflow.operators.host;

import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.operators.stage.Stage;
import io.avatarflow.schemas.EncodedFrame;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.StateBackend;
import org.apache.flink.streaming.api.operators.InternalTimeServiceManager;
import org.apache.flink.streaming.runtime.tasks.mailbox.Mail;
import org.apache.flink.streaming.runtime.tasks.mailbox.TaskMailbox;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;

/** One operator at some parallelism on Flink's harness, with records routed by key group. */
final class HostHarness {
  static final int MAX_PARALLELISM = 60;

  private final List<KeyedOneInputStreamOperatorTestHarness<String, SessionRecord, SessionRecord>>
      subtasks = new ArrayList<>();

  private long startMillis;

  /** What makes the operator; one device for each of its lives. */
  record Setup(
      Supplier<List<Stage<?>>> stages,
      DeviceSource devices,
      HostOptions options,
      DecisionLog.Factory log) {
    Setup(Supplier<List<Stage<?>>> stages, DeviceSource devices, HostOptions options) {
      this(stages, devices, options, DecisionLog.NONE);
    }

    Setup(Supplier<List<Stage<?>>> stages, HandDrivenDevice device) {
      this(stages, device.source(), new HostOptions(1000, true));
    }

    SessionStageOperatorFactory factory() {
      return new SessionStageOperatorFactory(worker -> stages.get(), devices, options, log);
    }
  }

  private HostHarness() {}

  static HostHarness open(Setup setup) throws Exception {
    return open(setup, 1, List.of());
  }

  /** Opens the operator with the state of another one, at any parallelism. */
  static HostHarness open(Setup setup, int parallelism, List<OperatorSubtaskState> restored)
      throws Exception {
    return openAt(0, setup, parallelism, restored);
  }

  /** Opens the operator with the state of another one when the clock shows a time. */
  static HostHarness openAt(
      long millis, Setup setup, int parallelism, List<OperatorSubtaskState> restored)
      throws Exception {
    HostHarness harness = new HostHarness();
    harness.startMillis = millis;
    for (int i = 0; i < parallelism; i++) {
      harness.add(setup, parallelism, i, restored);
    }
    return harness;
  }

  /** Opens one subtask of several. */
  static HostHarness openSubtask(
      Setup setup, int parallelism, int index, List<OperatorSubtaskState> restored)
      throws Exception {
    HostHarness harness = new HostHarness();
    harness.add(setup, parallelism, index, restored);
    return harness;
  }

  /** Opens the operator on another state backend than the one on the heap. */
  static HostHarness openOn(
      StateBackend backend, InternalTimeServiceManager.Provider timers, Setup setup)
      throws Exception {
    HostHarness harness = new HostHarness();
    var subtask = harness.create(setup, 1, 0);
    subtask.setStateBackend(backend);
    subtask.setTimeServiceManagerProvider(timers);
    subtask.setup(new SessionRecordSerializer());
    subtask.open();
    return harness;
  }

  private KeyedOneInputStreamOperatorTestHarness<String, SessionRecord, SessionRecord> create(
      Setup setup, int parallelism, int index) throws Exception {
    var subtask =
        new KeyedOneInputStreamOperatorTestHarness<String, SessionRecord, SessionRecord>(
            setup.factory(),
            SessionRecord::sessionKey,
            Types.STRING,
            MAX_PARALLELISM,
            parallelism,
            index);
    subtask.setProcessingTime(startMillis);
    subtasks.add(subtask);
    return subtask;
  }

  private void add(Setup setup, int parallelism, int index, List<OperatorSubtaskState> restored)
      throws Exception {
    var subtask = create(setup, parallelism, index);
    subtask.setup(new SessionRecordSerializer());
    if (!restored.isEmpty()) {
      OperatorSubtaskState all =
          AbstractStreamOperatorTestHarness.repackageState(
              restored.toArray(OperatorSubtaskState[]::new));
      subtask.initializeState(
          AbstractStreamOperatorTestHarness.repartitionOperatorState(
              all, MAX_PARALLELISM, restored.size(), parallelism, index));
    }
    subtask.open();
  }

  KeyedOneInputStreamOperatorTestHarness<String, SessionRecord, SessionRecord> subtask(int index) {
    return subtasks.get(index);
  }

  /** Moves the clock of every subtask, which runs the timers that are due. */
  void moveTimeTo(long millis) throws Exception {
    for (var subtask : subtasks) {
      subtask.setProcessingTime(millis);
    }
  }

  void endInput() throws Exception {
    for (var subtask : subtasks) {
      subtask.endInput();
    }
  }

  static int ownerOf(String key, int parallelism) {
    return KeyGroupRangeAssignment.assignKeyToParallelOperator(key, MAX_PARALLELISM, parallelism);
  }

  void send(SessionRecord... records) throws Exception {
    send(List.of(records));
  }

  void send(List<SessionRecord> records) throws Exception {
    for (SessionRecord record : records) {
      subtasks.get(ownerOf(record.sessionKey(), subtasks.size())).processElement(record, 0);
    }
  }

  /** Runs one mail of each subtask that has one. */
  boolean runOneMail() throws Exception {
    boolean ran = false;
    for (var subtask : subtasks) {
      Optional<Mail> mail = subtask.getTaskMailbox().tryTake(TaskMailbox.MIN_PRIORITY);
      if (mail.isPresent()) {
        mail.get().run();
        ran = true;
      }
    }
    return ran;
  }

  void runMails() throws Exception {
    boolean more = true;
    while (more) {
      more = runOneMail();
    }
  }

  /** Lets the device and the mailbox work until nothing is left to do. */
  void drain(HandDrivenDevice device) throws Exception {
    runMails();
    while (device.waiting() > 0) {
      device.finishAll();
      runMails();
    }
  }

  List<OperatorSubtaskState> snapshot(long checkpoint) throws Exception {
    List<OperatorSubtaskState> states = new ArrayList<>();
    for (var subtask : subtasks) {
      subtask.prepareSnapshotPreBarrier(checkpoint);
      states.add(subtask.snapshot(checkpoint, checkpoint));
    }
    return states;
  }

  List<SessionRecord> outputs() {
    List<SessionRecord> records = new ArrayList<>();
    subtasks.forEach(subtask -> records.addAll(subtask.extractOutputValues()));
    return records;
  }

  void forgetOutputs() {
    subtasks.forEach(subtask -> subtask.getOutput().clear());
  }

  List<SessionRecord> outputs(String key) {
    return outputs().stream().filter(record -> record.sessionKey().equals(key)).toList();
  }

  List<EncodedFrame> frames(String key) {
    return outputs(key).stream()
        .filter(SessionRecord.Emission.class::isInstance)
        .map(record -> ((SessionRecord.Emission) record).output().getBody())
        .filter(EncodedFrame.class::isInstance)
        .map(EncodedFrame.class::cast)
        .toList();
  }

  /** What left for a session but notices of a restore, as text without what time decides. */
  List<String> summary(String key) {
    return outputs(key).stream()
        .filter(record -> !FakeStages.isRestoreNotice(record))
        .map(FakeStages::summary)
        .toList();
  }

  /** Values of keyed state that the operator holds. */
  int keyedStateEntries() {
    return subtasks.stream().mapToInt(subtask -> subtask.numKeyedStateEntries()).sum();
  }

  void close() throws Exception {
    for (var subtask : subtasks) {
      subtask.close();
    }
  }
}
