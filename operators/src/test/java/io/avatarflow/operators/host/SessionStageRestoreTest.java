package io.avatarflow.operators.host;

import static io.avatarflow.operators.host.HostRig.expected;
import static io.avatarflow.operators.host.Records.block;
import static io.avatarflow.operators.host.Records.end;
import static io.avatarflow.operators.host.Records.interrupt;
import static io.avatarflow.operators.host.Records.session;
import static io.avatarflow.operators.host.Records.start;
import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.RestoredMark;
import io.avatarflow.schemas.SessionEventType;
import io.avatarflow.schemas.StreamMark;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Snapshots, restores and rescales of one operator. */
class SessionStageRestoreTest {
  @RegisterExtension final HostRig host = new HostRig();

  private final HandDrivenDevice device = host.device();

  @Test
  void restoreWithInFlightRecordsGivesTheSameOutputs() throws Exception {
    HostHarness before = host.open();
    List<SessionRecord> records = session("t/a", 6);
    before.send(records.subList(0, 5));
    device.finish("t/a");
    before.runMails();
    List<OperatorSubtaskState> state = before.snapshot(1);
    List<String> outputs = new ArrayList<>(before.summary("t/a"));
    assertThat(device.waiting()).isPositive();

    HostHarness after = host.open(1, state);
    after.send(records.subList(5, records.size()));
    after.drain(device);
    outputs.addAll(after.summary("t/a"));
    assertThat(outputs).isEqualTo(expected("t/a", 6));
  }

  @Test
  void whatWasDueBeforeARestoreDoesNotGoBeforeSessionsThatLivedOn() throws Exception {
    HostHarness before = host.openAt(1_000, 1, List.of());
    before.send(start("t/restored"), Records.due(block("t/restored", 0), 1_200_000));
    before.runMails();
    assertThat(device.deadline("t/restored")).isEqualTo(1_200_000);
    List<OperatorSubtaskState> state = before.snapshot(1);
    device.finishAll();

    HostHarness after = host.openAt(5_000, 1, state);
    after.send(start("t/lives"), Records.due(block("t/lives", 0), 5_100_000));
    after.runMails();

    assertThat(device.deadline("t/lives")).isEqualTo(5_100_000);
    assertThat(device.deadline("t/restored")).isGreaterThan(5_100_000);
    after.drain(device);
  }

  @Test
  void checkpointWaitsForNoTurn() throws Exception {
    HostHarness harness = host.open();
    harness.send(session("t/a", 3));
    int waiting = device.waiting();
    harness.snapshot(1);
    assertThat(device.waiting()).isEqualTo(waiting);
    harness.drain(device);
  }

  @Test
  void processedRecordsAreNotRestoredTwice() throws Exception {
    HostHarness before = host.open();
    before.send(start("t/a"), block("t/a", 0), block("t/a", 1));
    before.snapshot(1);
    before.drain(device);
    List<OperatorSubtaskState> state = before.snapshot(2);
    HostHarness after = host.open(1, state);
    after.drain(device);
    assertThat(after.outputs()).isEmpty();
  }

  @Test
  void firstBlockAfterARestoreIsFlaggedAndTheAttemptGrows() throws Exception {
    HostHarness before = host.open();
    before.send(start("t/a"), block("t/a", 0));
    before.drain(device);
    HostHarness after = host.open(1, before.snapshot(1));
    after.send(block("t/a", 1), block("t/a", 2));
    after.drain(device);
    List<EncodedFrame> frames = after.frames("t/a");
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
    HostHarness third = host.open(1, after.snapshot(2));
    third.send(block("t/a", 3));
    third.drain(device);
    assertThat(((SessionRecord.Emission) third.outputs("t/a").get(0)).output().getAttempt())
        .isEqualTo(2);
  }

  @Test
  void firstBlockAfterARestoreIsAnnouncedWithTheGap() throws Exception {
    HostHarness before = host.open();
    before.moveTimeTo(1_000_000);
    before.send(start("t/a"), block("t/a", 0));
    before.drain(device);
    List<OperatorSubtaskState> state = before.snapshot(1);
    HostHarness after = host.openAt(1_003_000, 2, state);
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

  @Test
  void rescaleMovesSessionsWithWhatTheyAreOwed() throws Exception {
    List<String> keys = List.of("t/a", "t/b", "t/c", "t/d", "t/e", "t/f", "t/g", "t/h");
    List<SessionRecord> outputs = new ArrayList<>();
    HostHarness one = host.open();
    for (String key : keys) {
      one.send(session(key, 6).subList(0, 3));
    }
    HostHarness two = host.open(2, one.snapshot(1));
    outputs.addAll(one.outputs());
    for (String key : keys) {
      two.send(block(key, 2), block(key, 3));
    }
    device.finish("t/c");
    two.runMails();
    HostHarness back = host.open(1, two.snapshot(2));
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
    HostHarness one = host.open();
    for (String key : keys) {
      one.send(start(key), block(key, 0));
    }
    List<OperatorSubtaskState> state = one.snapshot(1);
    one.drain(device);
    HandDrivenDevice first = new HandDrivenDevice();
    HostHarness half =
        host.closing(
            HostHarness.openSubtask(new HostHarness.Setup(host::stages, first), 2, 0, state));
    half.runMails();
    List<String> owned = keys.stream().filter(key -> HostHarness.ownerOf(key, 2) == 0).toList();
    assertThat(owned).isNotEmpty().hasSizeLessThan(keys.size());
    assertThat(first.sessions()).containsExactlyInAnyOrderElementsOf(owned);
  }

  @Test
  void epochSurvivesARestore() throws Exception {
    HostHarness before = host.open();
    before.send(start("t/a"), block("t/a", 0), interrupt("t/a", 1));
    HostHarness after = host.open(1, before.snapshot(1));
    after.drain(device);
    assertThat(after.frames("t/a")).isEmpty();
  }
}
