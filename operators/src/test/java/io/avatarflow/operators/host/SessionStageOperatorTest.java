package io.avatarflow.operators.host;

import static io.avatarflow.operators.host.HostRig.expected;
import static io.avatarflow.operators.host.Records.block;
import static io.avatarflow.operators.host.Records.end;
import static io.avatarflow.operators.host.Records.interrupt;
import static io.avatarflow.operators.host.Records.session;
import static io.avatarflow.operators.host.Records.start;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.avatarflow.operators.host.FakeStages.Chain;
import io.avatarflow.operators.host.FakeStages.Encode;
import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.operators.stage.Placement;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.FlushMark;
import io.avatarflow.schemas.StageTrace;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.apache.flink.streaming.api.operators.sorted.state.BatchExecutionInternalTimeServiceManager;
import org.apache.flink.streaming.api.operators.sorted.state.BatchExecutionStateBackend;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** In what order records leave the operator, and what it holds meanwhile. */
class SessionStageOperatorTest {
  @RegisterExtension final HostRig host = new HostRig();

  private final HandDrivenDevice device = host.device();

  @Test
  void recordsOfOneSessionKeepTheirOrder() throws Exception {
    HostHarness harness = host.open();
    harness.send(session("t/a", 5));
    harness.drain(device);
    assertThat(harness.summary("t/a")).isEqualTo(expected("t/a", 5));
  }

  @Test
  void oneTurnOfASessionAndStageIsInFlight() throws Exception {
    HostHarness harness = host.open();
    harness.send(session("t/a", 5));
    assertThat(device.sessions()).containsExactly("t/a");
  }

  @Test
  void sessionsOvertakeEachOther() throws Exception {
    HostHarness harness = host.open();
    harness.send(start("t/a"), start("t/b"), block("t/a", 0), block("t/b", 0));
    device.finish("t/b");
    harness.runMails();
    device.finish("t/b");
    harness.runMails();
    assertThat(harness.summary("t/a")).hasSize(1);
    assertThat(harness.summary("t/b")).hasSize(2);
    harness.drain(device);
    assertThat(harness.summary("t/a")).isEqualTo(expected("t/a", 1).subList(0, 2));
  }

  @Test
  void stateChangesOnlyWithTheCommit() throws Exception {
    HostHarness harness = host.open();
    harness.send(start("t/a"), block("t/a", 0));
    harness.runMails();
    int before = harness.keyedStateEntries();
    device.finishAll();
    assertThat(harness.keyedStateEntries()).isEqualTo(before);
    harness.runMails();
    assertThat(harness.keyedStateEntries()).isGreaterThan(before);
    harness.drain(device);
  }

  @Test
  void endForgetsTheSession() throws Exception {
    HostHarness harness = host.open();
    harness.send(session("t/a", 3));
    harness.drain(device);
    assertThat(harness.keyedStateEntries()).isZero();
    assertThat(host.ledger().built.get()).isEqualTo(3);
    assertThat(host.ledger().open()).isZero();
  }

  @Test
  void recordsOfUnknownSessionsAreDropped() throws Exception {
    HostHarness harness = host.open();
    harness.send(block("t/a", 0), end("t/a"));
    harness.drain(device);
    assertThat(harness.outputs()).containsExactly(end("t/a"));
    assertThat(harness.keyedStateEntries()).isZero();
  }

  @Test
  void controlOvertakesBlocksAndFramesOfTheOldEpochAreSuppressed() throws Exception {
    HostHarness harness = host.open();
    harness.send(start("t/a"), block("t/a", 0), block("t/a", 1), interrupt("t/a", 1));
    assertThat(harness.outputs("t/a")).containsExactly(start("t/a"), interrupt("t/a", 1));
    SessionRecord mark = Records.mark("t/a", new FlushMark(1L));
    harness.send(mark, block("t/a", 2, 1), end("t/a"));
    harness.drain(device);
    List<String> undisturbed = expected("t/a", 3);
    assertThat(harness.summary("t/a"))
        .containsExactly(
            undisturbed.get(0),
            interrupt("t/a", 1).toString(),
            FakeStages.summary(mark),
            undisturbed.get(3),
            undisturbed.get(4),
            undisturbed.get(5));
  }

  @Test
  void eventsAndRejectsOvertake() throws Exception {
    HostHarness harness = host.open();
    SessionRecord event = FailureEvents.of("t/a", "x", start("t/a"), new RuntimeException("why"));
    harness.send(start("t/a"), block("t/a", 0), event);
    assertThat(harness.outputs()).containsExactly(start("t/a"), event);
  }

  @Test
  void oneGroupEqualsOneOperatorForEachStage() throws Exception {
    HostHarness group = host.open();
    group.send(session("t/a", 5));
    group.drain(device);

    List<SessionRecord> records = session("t/a", 5);
    List<Supplier<Chain>> stages =
        List.of(
            () -> new Chain("features", Placement.TASK, 1, host.ledger()),
            () -> new Chain("denoise", Placement.ACCELERATOR, 3, host.ledger()),
            () -> new Encode(Placement.CPU_POOL, host.ledger()));
    for (var stage : stages) {
      HostHarness alone =
          host.open(
              new HostHarness.Setup(
                  () -> host.one(stage.get()), device.source(), HostOptions.DEFAULT));
      alone.send(records);
      alone.drain(device);
      records = alone.outputs("t/a");
    }
    assertThat(records.stream().map(FakeStages::summary)).isEqualTo(group.summary("t/a"));
  }

  @Test
  void everyStageLeavesItsTrace() throws Exception {
    HostHarness harness = host.open();
    harness.send(start("t/a"), block("t/a", 0));
    harness.drain(device);
    EncodedFrame frame = harness.frames("t/a").get(0);
    assertThat(frame.getTrace().getStages()).extracting(StageTrace::getStage).contains("encode");
    assertThat(frame.getTrace().getEmitMicros()).isPositive();
    HostHarness chain =
        host.open(
            new HostHarness.Setup(
                () -> host.one(new Chain("denoise", Placement.ACCELERATOR, 2, host.ledger())),
                device.source(),
                HostOptions.DEFAULT));
    chain.send(start("t/a"), block("t/a", 0));
    chain.drain(device);
    MediaBlock block = ((SessionRecord.Block) chain.outputs("t/a").get(1)).block();
    assertThat(block.trace()).hasSize(1);
    assertThat(block.trace().get(0).stage()).isEqualTo("denoise");
    assertThat(block.trace().get(0).batchSize()).isEqualTo(1);
  }

  @Test
  void inFlightStaysBelowItsLimit() throws Exception {
    HostHarness harness =
        host.open(
            new HostHarness.Setup(
                () -> host.one(new Chain("denoise", Placement.ACCELERATOR, 2, host.ledger())),
                device.source(),
                new HostOptions(2, false)));
    Thread worker =
        new Thread(
            () -> {
              try {
                device.serve();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    worker.start();
    List<String> keys = List.of("t/a", "t/b", "t/c", "t/d", "t/e");
    for (String key : keys) {
      harness.send(start(key));
    }
    for (int i = 0; i < 20; i++) {
      for (String key : keys) {
        harness.send(block(key, i));
      }
    }
    harness.subtask(0).endInput();
    assertThat(harness.outputs()).hasSize(5 + 100);
    assertThat(device.most()).isLessThanOrEqualTo(2);
    host.close(harness);
    worker.join();
  }

  @Test
  void decisionLeavesTogetherWithTheFramesOfItsBlock() throws Exception {
    HostHarness harness = host.open();
    harness.send(start("t/a"), Records.decision("t/a", 0));
    harness.drain(device);
    assertThat(harness.outputs()).hasSize(1);
    harness.send(block("t/a", 0), Records.decision("t/a", 1), block("t/a", 1));
    harness.drain(device);
    assertThat(harness.outputs()).hasSize(5);
    assertThat(harness.outputs().get(1)).isEqualTo(Records.decision("t/a", 0));
    assertThat(harness.outputs().get(3)).isEqualTo(Records.decision("t/a", 1));
  }

  @Test
  void decisionThatNoBlockFollowsLeavesAheadOfWhatDoes() throws Exception {
    HostHarness harness = host.open();
    harness.send(start("t/a"), Records.decision("t/a", 0), end("t/a"));
    harness.drain(device);
    assertThat(harness.outputs().get(1)).isEqualTo(Records.decision("t/a", 0));
    harness.send(Records.decision("t/unknown", 0));
    assertThat(harness.outputs()).endsWith(Records.decision("t/unknown", 0));
  }

  @Test
  void decisionPassesAnOperatorInTheMiddleOfTheGraph() throws Exception {
    HostHarness harness =
        host.open(
            new HostHarness.Setup(host::stages, device.source(), new HostOptions(1000, false)));
    harness.send(start("t/a"), Records.decision("t/a", 0));
    harness.drain(device);
    assertThat(harness.outputs()).endsWith(Records.decision("t/a", 0));
  }

  @Test
  void decisionTakesNoRoomThatItsBlockWaitsFor() throws Exception {
    HostHarness harness =
        host.open(
            new HostHarness.Setup(
                () -> host.one(new Encode(Placement.CPU_POOL, host.ledger())),
                device.source(),
                new HostOptions(1, true)));
    harness.send(start("t/a"), start("t/b"));
    harness.send(Records.decision("t/a", 0), Records.decision("t/b", 0));
    harness.send(block("t/a", 0));
    harness.drain(device);
    harness.send(block("t/b", 0));
    harness.drain(device);
    assertThat(harness.outputs()).hasSize(6);
  }

  @Test
  void watermarksWaitForTheRecordsBeforeThem() throws Exception {
    HostHarness harness = host.open();
    harness.send(start("t/a"), block("t/a", 0));
    harness.subtask(0).processWatermark(7);
    harness.send(block("t/a", 1));
    assertThat(harness.subtask(0).getOutput()).doesNotContain(new Watermark(7));
    device.finish("t/a");
    harness.runMails();
    assertThat(harness.subtask(0).getOutput()).doesNotContain(new Watermark(7));
    harness.drain(device);
    List<Object> out = new ArrayList<>(harness.subtask(0).getOutput());
    assertThat(out.get(2)).isEqualTo(new Watermark(7));
    assertThat(out).hasSize(4);
  }

  @Test
  void closeWithTurnsInFlightClosesEverythingOnce() throws Exception {
    HostHarness harness = host.open();
    for (String key : List.of("t/a", "t/b")) {
      harness.send(start(key), block(key, 0), block(key, 1));
    }
    device.finish("t/a");
    harness.runMails();
    device.finish("t/b");
    assertThat(host.ledger().open()).isPositive();
  }

  @Test
  void batchModeIsRefused() throws Exception {
    HostHarness.Setup setup = new HostHarness.Setup(host::stages, device);
    assertThatThrownBy(
            () ->
                HostHarness.openOn(
                    new BatchExecutionStateBackend(),
                    BatchExecutionInternalTimeServiceManager::create,
                    setup))
        .hasStackTraceContaining("BATCH mode")
        .hasStackTraceContaining("set execution.runtime-mode to STREAMING");
    assertThat(host.made()).isEmpty();
  }
}
