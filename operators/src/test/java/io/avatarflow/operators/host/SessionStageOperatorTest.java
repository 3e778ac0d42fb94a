package io.avatarflow.operators.host;

import static io.avatarflow.operators.host.Records.block;
import static io.avatarflow.operators.host.Records.end;
import static io.avatarflow.operators.host.Records.interrupt;
import static io.avatarflow.operators.host.Records.start;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.avatarflow.operators.host.FakeStages.Chain;
import io.avatarflow.operators.host.FakeStages.Encode;
import io.avatarflow.operators.host.FakeStages.Ledger;
import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.operators.stage.Placement;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.operators.stage.Stage;
import io.avatarflow.schemas.CloseMark;
import io.avatarflow.schemas.CloseReason;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.FlushMark;
import io.avatarflow.schemas.RestoredMark;
import io.avatarflow.schemas.SessionEventType;
import io.avatarflow.schemas.StageTrace;
import io.avatarflow.schemas.StreamMark;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.sorted.state.BatchExecutionInternalTimeServiceManager;
import org.apache.flink.streaming.api.operators.sorted.state.BatchExecutionStateBackend;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SessionStageOperatorTest {
  private final Ledger ledger = new Ledger();
  private final HandDrivenDevice device = new HandDrivenDevice();
  private final List<Chain> made = new ArrayList<>();
  private final List<HostHarness> opened = new ArrayList<>();

  @AfterEach
  void leavesNothingBehind() throws Exception {
    for (HostHarness harness : opened) {
      harness.close();
    }
    assertThat(ledger.open()).as("derived states that are open after teardown").isZero();
    assertThat(made).allSatisfy(stage -> assertThat(stage.closed).hasValue(1));
    assertThat(device.isClosed() || ledger.built.get() == 0).isTrue();
  }

  private List<Stage<?>> stages() {
    List<Chain> stages =
        List.of(
            new Chain("features", Placement.TASK, 1, ledger),
            new Chain("denoise", Placement.ACCELERATOR, 3, ledger),
            new Encode(Placement.CPU_POOL, ledger));
    made.addAll(stages);
    return List.copyOf(stages);
  }

  private List<Stage<?>> one(Chain stage) {
    made.add(stage);
    return List.of(stage);
  }

  private HostHarness open() throws Exception {
    return open(1, List.of());
  }

  private HostHarness open(int parallelism, List<OperatorSubtaskState> state) throws Exception {
    HostHarness harness =
        HostHarness.open(new HostHarness.Setup(this::stages, device), parallelism, state);
    opened.add(harness);
    return harness;
  }

  private HostHarness open(HostHarness.Setup setup) throws Exception {
    HostHarness harness = HostHarness.open(setup);
    opened.add(harness);
    return harness;
  }

  private static List<SessionRecord> session(String key, int blocks) {
    List<SessionRecord> records = new ArrayList<>(List.of(start(key)));
    LongStream.range(0, blocks).forEach(i -> records.add(block(key, i)));
    records.add(end(key));
    return records;
  }

  private List<String> expected(String key, int blocks) {
    Ledger own = new Ledger();
    return ReferenceModel.run(
        Records.info(key),
        List.of(
            new Chain("features", Placement.TASK, 1, own),
            new Chain("denoise", Placement.ACCELERATOR, 3, own),
            new Encode(Placement.CPU_POOL, own)),
        session(key, blocks));
  }

  private static SessionRecord[] array(List<SessionRecord> records) {
    return records.toArray(SessionRecord[]::new);
  }

  @Test
  void recordsOfOneSessionKeepTheirOrder() throws Exception {
    HostHarness harness = open();
    harness.send(array(session("t/a", 5)));
    harness.drain(device);
    assertThat(harness.summary("t/a")).isEqualTo(expected("t/a", 5));
  }

  @Test
  void oneTurnOfASessionAndStageIsInFlight() throws Exception {
    HostHarness harness = open();
    harness.send(array(session("t/a", 5)));
    assertThat(device.sessions()).containsExactly("t/a");
  }

  @Test
  void sessionsOvertakeEachOther() throws Exception {
    HostHarness harness = open();
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
    HostHarness harness = open();
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
    HostHarness harness = open();
    harness.send(array(session("t/a", 3)));
    harness.drain(device);
    assertThat(harness.keyedStateEntries()).isZero();
    assertThat(ledger.built.get()).isEqualTo(3);
    assertThat(ledger.open()).isZero();
  }

  @Test
  void restoreWithInFlightRecordsGivesTheSameOutputs() throws Exception {
    HostHarness before = open();
    List<SessionRecord> records = session("t/a", 6);
    before.send(array(records.subList(0, 5)));
    device.finish("t/a");
    before.runMails();
    List<OperatorSubtaskState> state = before.snapshot(1);
    List<String> outputs = new ArrayList<>(before.summary("t/a"));
    assertThat(device.waiting()).isPositive();

    HostHarness after = open(1, state);
    after.send(array(records.subList(5, records.size())));
    after.drain(device);
    outputs.addAll(after.summary("t/a"));
    assertThat(outputs).isEqualTo(expected("t/a", 6));
  }

  @Test
  void checkpointWaitsForNoTurn() throws Exception {
    HostHarness harness = open();
    harness.send(array(session("t/a", 3)));
    int waiting = device.waiting();
    harness.snapshot(1);
    assertThat(device.waiting()).isEqualTo(waiting);
    harness.drain(device);
  }

  @Test
  void processedRecordsAreNotRestoredTwice() throws Exception {
    HostHarness before = open();
    before.send(start("t/a"), block("t/a", 0), block("t/a", 1));
    before.snapshot(1);
    before.drain(device);
    List<OperatorSubtaskState> state = before.snapshot(2);
    HostHarness after = open(1, state);
    after.drain(device);
    assertThat(after.outputs()).isEmpty();
  }

  @Test
  void firstBlockAfterARestoreIsFlaggedAndTheAttemptGrows() throws Exception {
    HostHarness before = open();
    before.send(start("t/a"), block("t/a", 0));
    before.drain(device);
    HostHarness after = open(1, before.snapshot(1));
    after.send(block("t/a", 1), block("t/a", 2));
    after.drain(device);
    List<EncodedFrame> frames = frames(after, "t/a");
    assertThat(frames).extracting(EncodedFrame::getDiscontinuity).containsExactly(true, false);
    assertThat(frames)
        .extracting(frame -> frame.getFlags().getRestored())
        .containsExactly(true, false);
    assertThat(after.outputs("t/a"))
        .filteredOn(SessionRecord.Emission.class::isInstance)
        .hasSize(3)
        .allSatisfy(
            record ->
                assertThat(((SessionRecord.Emission) record).output().getAttempt()).isEqualTo(1));
    HostHarness third = open(1, after.snapshot(2));
    third.send(block("t/a", 3));
    third.drain(device);
    assertThat(((SessionRecord.Emission) third.outputs("t/a").get(0)).output().getAttempt())
        .isEqualTo(2);
  }

  @Test
  void firstBlockAfterARestoreIsAnnouncedWithTheGap() throws Exception {
    HostHarness before = open();
    before.moveTimeTo(1_000_000);
    before.send(start("t/a"), block("t/a", 0));
    before.drain(device);
    List<OperatorSubtaskState> state = before.snapshot(1);
    HostHarness after =
        HostHarness.openAt(1_003_000, new HostHarness.Setup(this::stages, device), 2, state);
    opened.add(after);
    after.send(block("t/a", 1), block("t/a", 2));
    after.drain(device);
    List<SessionRecord> out = after.outputs("t/a");
    RestoredMark mark =
        (RestoredMark)
            ((StreamMark) ((SessionRecord.Emission) out.get(0)).output().getBody()).getBody();
    assertThat(mark.getBlock()).isEqualTo(1);
    assertThat(mark.getGapMicros()).isBetween(3_000_000L, 63_000_000L);
    var event = ((SessionRecord.Event) out.get(1)).event();
    assertThat(event.getType()).isEqualTo(SessionEventType.RESTORED);
    assertThat(event.getAtSample()).isEqualTo(1280);
    assertThat(out).hasSize(4);
  }

  private static List<EncodedFrame> frames(HostHarness harness, String key) {
    return harness.outputs(key).stream()
        .filter(SessionRecord.Emission.class::isInstance)
        .map(record -> ((SessionRecord.Emission) record).output().getBody())
        .filter(EncodedFrame.class::isInstance)
        .map(EncodedFrame.class::cast)
        .toList();
  }

  @Test
  void rescaleMovesSessionsWithWhatTheyAreOwed() throws Exception {
    List<String> keys = List.of("t/a", "t/b", "t/c", "t/d", "t/e", "t/f", "t/g", "t/h");
    List<SessionRecord> outputs = new ArrayList<>();
    HostHarness one = open();
    for (String key : keys) {
      one.send(array(session(key, 6).subList(0, 3)));
    }
    HostHarness two = open(2, one.snapshot(1));
    outputs.addAll(one.outputs());
    for (String key : keys) {
      two.send(block(key, 2), block(key, 3));
    }
    device.finish("t/c");
    two.runMails();
    HostHarness back = open(1, two.snapshot(2));
    outputs.addAll(two.outputs());
    for (String key : keys) {
      back.send(block(key, 4), block(key, 5), end(key));
    }
    back.drain(device);
    outputs.addAll(back.outputs());
    for (String key : keys) {
      assertThat(
              outputs.stream()
                  .filter(record -> record.sessionKey().equals(key))
                  .filter(record -> !FakeStages.isRestoreNotice(record))
                  .map(FakeStages::summary))
          .as(key)
          .containsExactlyElementsOf(expected(key, 6));
    }
  }

  @Test
  void restoreResumesOnlyKeysOfThisSubtask() throws Exception {
    List<String> keys = List.of("t/a", "t/b", "t/c", "t/d", "t/e", "t/f");
    HostHarness one = open();
    for (String key : keys) {
      one.send(start(key), block(key, 0));
    }
    List<OperatorSubtaskState> state = one.snapshot(1);
    one.drain(device);
    HandDrivenDevice first = new HandDrivenDevice();
    HostHarness half =
        HostHarness.openSubtask(new HostHarness.Setup(this::stages, first), 2, 0, state);
    opened.add(half);
    half.runMails();
    List<String> owned = keys.stream().filter(key -> HostHarness.ownerOf(key, 2) == 0).toList();
    assertThat(owned).isNotEmpty().hasSizeLessThan(keys.size());
    assertThat(first.sessions()).containsExactlyInAnyOrderElementsOf(owned);
  }

  @Test
  void poisonedSessionHurtsNobody() throws Exception {
    HostHarness harness = open();
    for (int i = 0; i < 6; i++) {
      for (String key : List.of("t/a", "t/bad", "t/c")) {
        if (i == 0) {
          harness.send(start(key));
        }
        harness.send(block(key, i));
      }
      device.stepSome(new Random(i));
      harness.runMails();
    }
    harness.drain(device);
    harness.send(end("t/a"), end("t/bad"), end("t/c"));
    harness.drain(device);
    assertThat(harness.summary("t/a")).isEqualTo(expected("t/a", 6));
    assertThat(harness.summary("t/c")).isEqualTo(expected("t/c", 6));
    assertThat(harness.keyedStateEntries()).isZero();
  }

  @Test
  void failedSessionEndsWithAnEventAndACloseMark() throws Exception {
    HostHarness harness = open();
    harness.send(start("t/bad"));
    for (int i = 0; i < 6; i++) {
      harness.send(block("t/bad", i));
    }
    harness.drain(device);
    List<SessionRecord> out = harness.outputs("t/bad");
    assertThat(frames(harness, "t/bad"))
        .extracting(EncodedFrame::getIndex)
        .containsExactly(0L, 1L, 2L);
    assertThat(out)
        .filteredOn(SessionRecord.Event.class::isInstance)
        .singleElement()
        .satisfies(
            record -> {
              var event = ((SessionRecord.Event) record).event();
              assertThat(event.getType()).isEqualTo(SessionEventType.FAILED);
              assertThat(event.getAtSample()).isEqualTo(FakeStages.POISON * 1280);
              assertThat(event.getDetail()).contains("features").contains("poison");
            });
    assertThat(out.get(out.size() - 1)).isEqualTo(new SessionRecord.End("t/bad", "FAILED"));
    CloseMark close =
        (CloseMark)
            ((StreamMark) ((SessionRecord.Emission) out.get(out.size() - 2)).output().getBody())
                .getBody();
    assertThat(close.getReason()).isEqualTo(CloseReason.FAILED);
    assertThat(close.getVideoFrames()).isEqualTo(3);
    int size = out.size();
    harness.send(block("t/bad", 6), interrupt("t/bad", 1), end("t/bad"));
    harness.drain(device);
    assertThat(harness.outputs("t/bad")).hasSize(size);
    assertThat(harness.keyedStateEntries()).isZero();
  }

  @Test
  void failureSurvivesARestore() throws Exception {
    HostHarness before = open();
    before.send(start("t/bad"));
    for (int i = 0; i < 5; i++) {
      before.send(block("t/bad", i));
    }
    HostHarness after = open(1, before.snapshot(1));
    after.send(block("t/bad", 5));
    after.drain(device);
    List<SessionRecord> out = after.outputs("t/bad");
    assertThat(frames(after, "t/bad")).hasSize(3);
    assertThat(out.get(out.size() - 1)).isEqualTo(new SessionRecord.End("t/bad", "FAILED"));
    after.send(end("t/bad"));
    assertThat(after.keyedStateEntries()).isZero();
  }

  @Test
  void recordsOfUnknownSessionsAreDropped() throws Exception {
    HostHarness harness = open();
    harness.send(block("t/a", 0), end("t/a"));
    harness.drain(device);
    assertThat(harness.outputs()).containsExactly(end("t/a"));
    assertThat(harness.keyedStateEntries()).isZero();
  }

  @Test
  void controlOvertakesBlocksAndFramesOfTheOldEpochAreSuppressed() throws Exception {
    HostHarness harness = open();
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
  void epochSurvivesARestore() throws Exception {
    HostHarness before = open();
    before.send(start("t/a"), block("t/a", 0), interrupt("t/a", 1));
    HostHarness after = open(1, before.snapshot(1));
    after.drain(device);
    assertThat(frames(after, "t/a")).isEmpty();
  }

  @Test
  void eventsAndRejectsOvertake() throws Exception {
    HostHarness harness = open();
    SessionRecord event = FailureEvents.of("t/a", "x", start("t/a"), new RuntimeException("why"));
    harness.send(start("t/a"), block("t/a", 0), event);
    assertThat(harness.outputs()).containsExactly(start("t/a"), event);
  }

  @Test
  void oneGroupEqualsOneOperatorForEachStage() throws Exception {
    HostHarness group = open();
    group.send(array(session("t/a", 5)));
    group.drain(device);

    List<SessionRecord> records = session("t/a", 5);
    List<Supplier<Chain>> stages =
        List.of(
            () -> new Chain("features", Placement.TASK, 1, ledger),
            () -> new Chain("denoise", Placement.ACCELERATOR, 3, ledger),
            () -> new Encode(Placement.CPU_POOL, ledger));
    for (var stage : stages) {
      HostHarness alone =
          open(new HostHarness.Setup(() -> one(stage.get()), device.source(), HostOptions.DEFAULT));
      alone.send(array(records));
      alone.drain(device);
      records = alone.outputs("t/a");
    }
    assertThat(records.stream().map(FakeStages::summary)).isEqualTo(group.summary("t/a"));
  }

  @Test
  void everyStageLeavesItsTrace() throws Exception {
    HostHarness harness = open();
    harness.send(start("t/a"), block("t/a", 0));
    harness.drain(device);
    EncodedFrame frame = frames(harness, "t/a").get(0);
    assertThat(frame.getTrace().getStages()).extracting(StageTrace::getStage).contains("encode");
    assertThat(frame.getTrace().getEmitMicros()).isPositive();
    HostHarness chain =
        open(
            new HostHarness.Setup(
                () -> one(new Chain("denoise", Placement.ACCELERATOR, 2, ledger)),
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
        open(
            new HostHarness.Setup(
                () -> one(new Chain("denoise", Placement.ACCELERATOR, 2, ledger)),
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
    harness.close();
    worker.join();
    opened.remove(harness);
  }

  @Test
  void watermarksWaitForTheRecordsBeforeThem() throws Exception {
    HostHarness harness = open();
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
    HostHarness harness = open();
    for (String key : List.of("t/a", "t/b")) {
      harness.send(start(key), block(key, 0), block(key, 1));
    }
    device.finish("t/a");
    harness.runMails();
    device.finish("t/b");
    assertThat(ledger.open()).isPositive();
  }

  @Test
  void batchModeIsRefused() throws Exception {
    HostHarness.Setup setup = new HostHarness.Setup(this::stages, device);
    assertThatThrownBy(
            () ->
                HostHarness.openOn(
                    new BatchExecutionStateBackend(),
                    BatchExecutionInternalTimeServiceManager::create,
                    setup))
        .hasStackTraceContaining("BATCH mode")
        .hasStackTraceContaining("set execution.runtime-mode to STREAMING");
    assertThat(made).isEmpty();
  }
}
