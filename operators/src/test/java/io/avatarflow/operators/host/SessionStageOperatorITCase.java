package io.avatarflow.operators.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.avatarflow.operators.host.FakeStages.Chain;
import io.avatarflow.operators.host.FakeStages.Encode;
import io.avatarflow.operators.host.FakeStages.Ledger;
import io.avatarflow.operators.host.FakeStages.Sum;
import io.avatarflow.operators.stage.Placement;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.operators.stage.Stage;
import io.avatarflow.operators.stage.Turn;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.DataStreamUtils;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The operator in Flink's own task, with devices that have threads. */
@Timeout(120)
class SessionStageOperatorITCase {
  private static final Ledger LEDGER = new Ledger();
  private static final AtomicInteger CRASHES_LEFT = new AtomicInteger();
  private static final AtomicBoolean CRASHED = new AtomicBoolean();
  private static final DeviceSource DEVICES =
      new SharedDevices(Accelerator.CPU, 1, new DeviceSpec("it-pool", 2, false));
  private static final int BLOCKS = 40;
  private static final int MORE_THAN_LEAVES = 1000;

  private final List<String> keys = List.of("t/a", "t/b", "t/c", "t/d", "t/e");

  @BeforeEach
  void calm() {
    CRASHES_LEFT.set(0);
    CRASHED.set(false);
  }

  @AfterEach
  void noThreadAndNoDerivedStateIsLeft() {
    // The results are complete a moment before the last task has closed its operators.
    long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (isSomethingLeft() && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    assertThat(isSomethingLeft()).isFalse();
  }

  private static boolean isSomethingLeft() {
    return LEDGER.open() > 0
        || DeviceExecutors.inUse() > 0
        || Thread.getAllStackTraces().keySet().stream()
            .anyMatch(thread -> thread.getName().startsWith("avatar-device-"));
  }

  /** A stage whose device dies as often as the test asks for. */
  private static final class Crashing extends Chain {
    private Crashing() {
      super("denoise", Placement.ACCELERATOR, 3, LEDGER);
    }

    @Override
    public void step(List<Turn<Sum>> batch) {
      boolean late = batch.stream().anyMatch(turn -> turn.block().index() == BLOCKS / 2);
      if (late && CRASHES_LEFT.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
        CRASHED.set(true);
        throw new StackOverflowError("No stack is left.");
      }
      super.step(batch);
    }
  }

  private static List<SessionRecord> session(String key) {
    List<SessionRecord> records = new ArrayList<>(List.of(Records.start(key)));
    for (int i = 0; i < BLOCKS; i++) {
      records.add(Records.block(key, i));
    }
    records.add(Records.end(key));
    return records;
  }

  private List<SessionRecord> interleaved() {
    List<SessionRecord> records = new ArrayList<>();
    for (int i = 0; i < BLOCKS + 2; i++) {
      for (String key : keys) {
        records.add(session(key).get(i));
      }
    }
    return records;
  }

  private List<SessionRecord> run(int restarts) throws Exception {
    return run(
        restarts,
        interleaved(),
        List.of(
            worker -> List.<Stage<?>>of(new Chain("features", Placement.TASK, 1, LEDGER)),
            worker -> List.<Stage<?>>of(new Crashing()),
            worker -> List.<Stage<?>>of(new Encode(Placement.CPU_POOL, LEDGER))));
  }

  private static List<SessionRecord> run(
      int restarts, List<SessionRecord> records, List<StageGroupFactory> groups) throws Exception {
    Configuration configuration = new Configuration();
    configuration.set(PipelineOptions.GENERIC_TYPES, false);
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, restarts);
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ZERO);
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createLocalEnvironment(2, configuration);
    env.enableCheckpointing(20);
    env.getConfig().enableObjectReuse();
    env.setBufferTimeout(0);
    DataStream<SessionRecord> stream = env.fromData(records, SessionRecordTypeInfo.INSTANCE);
    for (StageGroupFactory group : groups) {
      var keyed =
          group == groups.get(0)
              ? stream.keyBy(SessionRecord::sessionKey, Types.STRING)
              : DataStreamUtils.reinterpretAsKeyedStream(
                  stream, SessionRecord::sessionKey, Types.STRING);
      stream =
          keyed.transform(
              "stage",
              SessionRecordTypeInfo.INSTANCE,
              new SessionStageOperatorFactory(group, DEVICES, new HostOptions(8, false)));
    }
    return stream.executeAndCollect(MORE_THAN_LEAVES);
  }

  private void assertEqualToThePlainLoop(List<SessionRecord> out) {
    for (String key : keys) {
      Ledger own = new Ledger();
      List<String> alone =
          ReferenceModel.run(
              Records.info(key),
              List.of(
                  new Chain("features", Placement.TASK, 1, own),
                  new Chain("denoise", Placement.ACCELERATOR, 3, own),
                  new Encode(Placement.CPU_POOL, own)),
              session(key));
      assertThat(
              out.stream()
                  .filter(record -> record.sessionKey().equals(key))
                  .filter(record -> !FakeStages.isRestoreNotice(record))
                  .map(FakeStages::summary))
          .as(key)
          .containsExactlyElementsOf(alone);
    }
  }

  @Test
  void chainOfOperatorsEqualsThePlainLoop() throws Exception {
    assertEqualToThePlainLoop(run(0));
  }

  @Test
  void crashOfADeviceRestartsTheJobAndChangesNoOutput() throws Exception {
    CRASHES_LEFT.set(1);
    assertEqualToThePlainLoop(run(1));
    assertThat(CRASHED).isTrue();
  }

  @Test
  void boundedInputEndsEverySessionWithACloseMark() throws Exception {
    List<SessionRecord> records = new ArrayList<>();
    long now = System.currentTimeMillis();
    for (String key : keys) {
      records.add(Idler.opening(key, now));
      records.add(Idler.speech(key, now));
    }
    List<SessionRecord> out =
        run(
            0,
            records,
            List.of(
                worker -> List.<Stage<?>>of(new Idler()),
                worker -> List.<Stage<?>>of(new Encode(Placement.CPU_POOL, LEDGER))));
    for (String key : keys) {
      List<String> left =
          out.stream()
              .filter(record -> record.sessionKey().equals(key))
              .filter(record -> !(record instanceof SessionRecord.Event))
              .map(FakeStages::summary)
              .toList();
      assertThat(left).as(key).hasSize(4);
      assertThat(left.get(0)).startsWith("Start");
      assertThat(left.get(1)).startsWith("frame 0 ");
      assertThat(left.get(2)).startsWith("mark ").contains("END_OF_INPUT");
      assertThat(left.get(3)).isEqualTo(new SessionRecord.End(key, "END_OF_INPUT").toString());
    }
  }

  @Test
  void crashOfADeviceFailsTheJobLoudly() {
    CRASHES_LEFT.set(1);
    assertThatThrownBy(() -> run(0))
        .hasStackTraceContaining("The device of placement ACCELERATOR crashed.")
        .hasStackTraceContaining("No stack is left.");
  }
}
