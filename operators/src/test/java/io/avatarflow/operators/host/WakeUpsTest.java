package io.avatarflow.operators.host;

import static io.avatarflow.operators.host.Idler.IDLE_MILLIS;
import static io.avatarflow.operators.host.Idler.closing;
import static io.avatarflow.operators.host.Idler.failing;
import static io.avatarflow.operators.host.Idler.opening;
import static io.avatarflow.operators.host.Idler.speech;
import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.operators.host.FakeStages.Encode;
import io.avatarflow.operators.host.FakeStages.Ledger;
import io.avatarflow.operators.stage.Placement;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.schemas.CloseMark;
import io.avatarflow.schemas.CloseReason;
import io.avatarflow.schemas.SessionEventType;
import io.avatarflow.schemas.StreamMark;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The host of a stage that expires idle sessions; time is moved by hand. */
class WakeUpsTest {
  private static final String KEY = "t/a";
  private static final long T0 = 1_000_000;
  private static final long GRACE = WakeUps.RESTORE_GRACE.toMillis();

  private final HandDrivenDevice device = new HandDrivenDevice();
  private final HostHarness.Setup setup =
      new HostHarness.Setup(
          () -> List.of(new Idler(), new Encode(Placement.TASK, new Ledger())), device);
  private final List<HostHarness> opened = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (HostHarness harness : opened) {
      harness.close();
    }
  }

  private HostHarness openAt(long millis, int parallelism, List<OperatorSubtaskState> state)
      throws Exception {
    HostHarness harness = HostHarness.openAt(millis, setup, parallelism, state);
    opened.add(harness);
    harness.runMails();
    return harness;
  }

  /** A subtask at which one session was opened. */
  private HostHarness openWith(String... keys) throws Exception {
    HostHarness harness = openAt(T0, 1, List.of());
    for (String key : keys) {
      harness.send(opening(key, T0));
    }
    harness.drain(device);
    return harness;
  }

  private static List<String> expired(HostHarness harness) {
    return harness.outputs().stream()
        .filter(SessionRecord.Event.class::isInstance)
        .map(record -> ((SessionRecord.Event) record).event())
        .filter(event -> event.getType() == SessionEventType.EXPIRED)
        .map(event -> event.getSessionKey())
        .toList();
  }

  private static List<CloseReason> closed(HostHarness harness) {
    return harness.outputs().stream()
        .filter(SessionRecord.Emission.class::isInstance)
        .map(record -> ((SessionRecord.Emission) record).output().getBody())
        .filter(StreamMark.class::isInstance)
        .map(body -> ((StreamMark) body).getBody())
        .filter(CloseMark.class::isInstance)
        .map(mark -> ((CloseMark) mark).getReason())
        .toList();
  }

  private static int timers(HostHarness harness, int subtask) {
    return harness.subtask(subtask).getProcessingTimeService().getNumActiveTimers();
  }

  @Test
  void idleSessionExpiresOnceWithItsEvent() throws Exception {
    HostHarness harness = openWith(KEY);
    harness.send(speech(KEY, T0));
    harness.moveTimeTo(T0 + IDLE_MILLIS - 1);
    assertThat(expired(harness)).isEmpty();
    harness.moveTimeTo(T0 + IDLE_MILLIS);
    assertThat(expired(harness)).containsExactly(KEY);
    assertThat(closed(harness)).containsExactly(CloseReason.IDLE);
    assertThat(harness.outputs()).endsWith(new SessionRecord.End(KEY, "IDLE"));
    assertThat(harness.keyedStateEntries()).isZero();
    harness.moveTimeTo(T0 + 10 * IDLE_MILLIS);
    assertThat(expired(harness)).hasSize(1);
    assertThat(timers(harness, 0)).isZero();
  }

  @Test
  void activityMovesTheWakeUp() throws Exception {
    HostHarness harness = openWith(KEY);
    for (long at = T0; at <= T0 + 5 * IDLE_MILLIS; at += 10_000) {
      harness.moveTimeTo(at);
      harness.send(speech(KEY, at));
      assertThat(timers(harness, 0)).isEqualTo(1);
    }
    assertThat(expired(harness)).isEmpty();
    harness.moveTimeTo(T0 + 6 * IDLE_MILLIS - 1);
    assertThat(expired(harness)).isEmpty();
    harness.moveTimeTo(T0 + 6 * IDLE_MILLIS);
    assertThat(expired(harness)).containsExactly(KEY);
  }

  @Test
  void oneTimerServesAllSessionsInTheOrderOfTheirTimes() throws Exception {
    HostHarness harness = openWith("t/a", "t/b", "t/c");
    harness.moveTimeTo(T0 + 30_000);
    harness.send(speech("t/b", T0 + 20_000), speech("t/a", T0 + 30_000));
    assertThat(timers(harness, 0)).isEqualTo(1);
    harness.moveTimeTo(T0 + IDLE_MILLIS);
    assertThat(expired(harness)).containsExactly("t/c");
    harness.moveTimeTo(T0 + IDLE_MILLIS + 20_000);
    harness.moveTimeTo(T0 + IDLE_MILLIS + 30_000);
    assertThat(expired(harness)).containsExactly("t/c", "t/b", "t/a");
  }

  @Test
  void wakeUpMayMoveEarlier() throws Exception {
    HostHarness harness = openWith(KEY);
    harness.send(speech(KEY, T0 + 30_000), speech(KEY, T0 - 30_000));
    harness.moveTimeTo(T0 + IDLE_MILLIS - 30_000);
    assertThat(expired(harness)).containsExactly(KEY);
  }

  @Test
  void restoreKeepsTheWakeUp() throws Exception {
    HostHarness before = openWith(KEY);
    List<OperatorSubtaskState> state = before.snapshot(1);
    HostHarness after = openAt(T0 + 5_000, 1, state);
    after.moveTimeTo(T0 + IDLE_MILLIS - 1);
    assertThat(expired(after)).isEmpty();
    after.moveTimeTo(T0 + IDLE_MILLIS);
    assertThat(expired(after)).containsExactly(KEY);
  }

  @Test
  void outageIsNoSilenceOfTheSession() throws Exception {
    HostHarness before = openWith("t/a", "t/b");
    List<OperatorSubtaskState> state = before.snapshot(1);
    long back = T0 + 3 * IDLE_MILLIS;
    HostHarness after = openAt(back, 1, state);
    after.moveTimeTo(back + GRACE - 1);
    assertThat(expired(after)).isEmpty();
    after.send(speech("t/a", back + GRACE - 1));
    after.moveTimeTo(back + GRACE);
    assertThat(expired(after)).containsExactly("t/b");
  }

  @Test
  void wakeUpThatFiredBeforeACheckpointIsNotLost() throws Exception {
    HostHarness before = openWith(KEY);
    before.send(opening(KEY, T0));
    before.moveTimeTo(T0 + IDLE_MILLIS);
    assertThat(expired(before)).as("the tick waits behind the opening").isEmpty();
    List<OperatorSubtaskState> state = before.snapshot(1);
    HostHarness after = openAt(T0 + IDLE_MILLIS, 1, state);
    after.drain(device);
    after.moveTimeTo(T0 + IDLE_MILLIS + GRACE);
    assertThat(expired(after)).containsExactly(KEY);
  }

  @Test
  void rescaleWakesEachSessionOnceOnItsOwnSubtask() throws Exception {
    String[] keys = {"t/a", "t/b", "t/c", "t/d", "t/e", "t/f"};
    HostHarness one = openWith(keys);
    HostHarness two = openAt(T0 + 1_000, 2, one.snapshot(1));
    two.moveTimeTo(T0 + IDLE_MILLIS);
    assertThat(expired(two)).containsExactlyInAnyOrder(keys);
    for (int i = 0; i < 2; i++) {
      int subtask = i;
      assertThat(two.subtask(i).extractOutputValues())
          .isNotEmpty()
          .allSatisfy(
              record -> assertThat(HostHarness.ownerOf(record.sessionKey(), 2)).isEqualTo(subtask));
    }
    assertThat(two.keyedStateEntries()).isZero();
  }

  @Test
  void tickThatActivityOvertookIsDropped() throws Exception {
    HostHarness harness = openWith(KEY);
    harness.send(opening(KEY, T0 + IDLE_MILLIS));
    harness.moveTimeTo(T0 + IDLE_MILLIS);
    harness.drain(device);
    assertThat(expired(harness)).isEmpty();
    harness.moveTimeTo(T0 + 2 * IDLE_MILLIS);
    assertThat(expired(harness)).containsExactly(KEY);
  }

  @Test
  void tickBehindTheEndOfItsSessionIsDropped() throws Exception {
    HostHarness harness = openWith(KEY);
    harness.send(opening(KEY, T0), closing(KEY, T0));
    harness.moveTimeTo(T0 + IDLE_MILLIS);
    harness.drain(device);
    assertThat(expired(harness)).isEmpty();
    assertThat(closed(harness)).containsExactly(CloseReason.CLOSED);
    assertThat(harness.keyedStateEntries()).isZero();
  }

  @Test
  void endedAndFailedSessionsAreNotWoken() throws Exception {
    HostHarness harness = openWith("t/a", "t/b");
    harness.send(closing("t/a", T0), failing("t/b", T0));
    harness.moveTimeTo(T0 + 2 * IDLE_MILLIS);
    assertThat(expired(harness)).isEmpty();
    assertThat(closed(harness)).containsExactly(CloseReason.CLOSED, CloseReason.FAILED);
    assertThat(timers(harness, 0)).isZero();
  }

  @Test
  void endOfInputEndsEverySessionBehindWhatItStillHas() throws Exception {
    HostHarness harness = openWith("t/a", "t/b", "t/c");
    harness.send(closing("t/b", T0), opening("t/c", T0), speech("t/c", T0), opening("t/d", T0));
    Thread worker = new Thread(this::serve);
    worker.start();
    harness.endInput();
    assertThat(expired(harness)).containsExactly("t/a", "t/c", "t/d");
    assertThat(closed(harness))
        .containsExactly(
            CloseReason.CLOSED,
            CloseReason.END_OF_INPUT,
            CloseReason.END_OF_INPUT,
            CloseReason.END_OF_INPUT);
    assertThat(harness.summary("t/c").get(2)).startsWith("frame 0 ");
    assertThat(harness.outputs("t/c")).endsWith(new SessionRecord.End("t/c", "END_OF_INPUT"));
    assertThat(harness.keyedStateEntries()).isZero();
    harness.close();
    worker.join();
    opened.clear();
  }

  private void serve() {
    try {
      device.serve();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void endOfInputIsKeptFromStagesThatDoNotTakeIt() throws Exception {
    HostHarness.Setup encoder =
        new HostHarness.Setup(() -> List.of(new Encode(Placement.TASK, new Ledger())), device);
    HostHarness harness = HostHarness.open(encoder);
    opened.add(harness);
    harness.send(Records.start(KEY), Records.block(KEY, 0));
    int before = harness.outputs().size();
    harness.endInput();
    assertThat(harness.outputs()).hasSize(before);
  }
}
