package io.avatarflow.operators.host;

import static io.avatarflow.operators.host.Records.block;
import static io.avatarflow.operators.host.Records.start;
import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.operators.host.FakeStages.Chain;
import io.avatarflow.operators.host.FakeStages.Encode;
import io.avatarflow.operators.host.FakeStages.Ledger;
import io.avatarflow.operators.host.FakeStages.Sum;
import io.avatarflow.operators.stage.Placement;
import io.avatarflow.operators.stage.SessionInfo;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.operators.stage.Stage;
import io.avatarflow.operators.stage.Turn;
import io.avatarflow.schemas.BlockFill;
import io.avatarflow.schemas.DecisionMark;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.RestoredMark;
import io.avatarflow.schemas.StreamMark;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RestoreFromLogTest {
  private final Ledger ledger = new Ledger();
  private final HandDrivenDevice device = new HandDrivenDevice();
  private final FakeDecisionLog log = new FakeDecisionLog();
  private final List<String> seen = new ArrayList<>();
  private final List<HostHarness> opened = new ArrayList<>();

  @AfterEach
  void leavesNothingBehind() throws Exception {
    for (HostHarness harness : opened) {
      harness.close();
    }
    assertThat(ledger.open()).isZero();
    assertThat(log.open).isZero();
  }

  /** A first stage that writes down in which order records reach it. */
  private final class Deciding extends Chain {
    Deciding() {
      super("deciding", Placement.ACCELERATOR, 1, ledger);
    }

    @Override
    public Sum initialState(SessionInfo session) {
      return new Sum(1, 0);
    }

    @Override
    public boolean accepts(SessionRecord record) {
      return record instanceof SessionRecord.Decisions || super.accepts(record);
    }

    @Override
    public void step(List<Turn<Sum>> batch) {
      for (Turn<Sum> turn : batch) {
        if (turn.record() instanceof SessionRecord.Decisions decisions) {
          seen.add(
              decisions.sessionKey()
                  + " decisions "
                  + decisions.decisions().stream().map(DecisionMark::getBlock).toList());
          turn.done(turn.state(), List.of());
        } else {
          seen.add(turn.record().sessionKey() + " block " + turn.block().index());
          super.step(List.of(turn));
        }
      }
    }
  }

  private List<Stage<?>> stages() {
    return List.of(new Deciding(), new Encode(Placement.CPU_POOL, ledger));
  }

  private HostHarness open(int parallelism, List<OperatorSubtaskState> state) throws Exception {
    return openAt(0, parallelism, state);
  }

  private HostHarness openAt(long millis, int parallelism, List<OperatorSubtaskState> state)
      throws Exception {
    HostHarness.Setup setup =
        new HostHarness.Setup(
            this::stages, device.source(), new HostOptions(1000, true), log.factory());
    HostHarness harness = HostHarness.openAt(millis, setup, parallelism, state);
    opened.add(harness);
    return harness;
  }

  private static PublishedSession published(String key, int attempt, long... blocks) {
    List<DecisionMark> decisions = new ArrayList<>();
    for (long block : blocks) {
      decisions.add(new DecisionMark(block, 0L, 1280, BlockFill.NONE, List.of(), 0, 5L));
    }
    long last = blocks.length == 0 ? -1 : blocks[blocks.length - 1];
    return new PublishedSession(key, attempt, last, OptionalLong.empty(), decisions);
  }

  @Test
  void decisionsComeBeforeTheRecordsThatWait() throws Exception {
    HostHarness before = open(1, List.of());
    before.send(start("t/a"), block("t/a", 0), block("t/a", 1));
    List<OperatorSubtaskState> state = before.snapshot(1);
    log.published.add(published("t/a", 0, 0, 1));
    device.finishAll();
    seen.clear();

    HostHarness after = open(1, state);
    after.drain(device);

    assertThat(seen).containsExactly("t/a decisions [0, 1]", "t/a block 0", "t/a block 1");
  }

  @Test
  void theLogIsReadFromTheEarliestPositionOfAnySubtask() throws Exception {
    HostHarness before = open(1, List.of());
    log.end = List.of(new LogPosition(0, 70), new LogPosition(1, 40));
    List<OperatorSubtaskState> first = new ArrayList<>(before.snapshot(1));
    log.end = List.of(new LogPosition(0, 60), new LogPosition(1, 50));
    HostHarness second =
        HostHarness.openSubtask(
            new HostHarness.Setup(
                this::stages, device.source(), new HostOptions(1000, true), log.factory()),
            2,
            1,
            List.of());
    opened.add(second);
    first.addAll(second.snapshot(1));

    open(3, first);

    assertThat(log.readFrom)
        .hasSize(3)
        .allSatisfy(
            positions ->
                assertThat(positions)
                    .containsExactly(new LogPosition(0, 60), new LogPosition(1, 40)));
  }

  @Test
  void afterARescaleEverySessionGetsItsOwnDecisionsOnce() throws Exception {
    List<String> keys = List.of("t/a", "t/b", "t/c", "t/d", "t/e", "t/f");
    HostHarness before = open(2, List.of());
    for (String key : keys) {
      before.send(start(key));
      log.published.add(published(key, 0, 0));
    }
    before.drain(device);
    List<OperatorSubtaskState> state = before.snapshot(1);

    open(3, state).drain(device);

    assertThat(seen)
        .containsExactlyInAnyOrderElementsOf(
            keys.stream().map(key -> key + " decisions [0]").toList());
  }

  @Test
  void theAttemptGrowsAboveAllThatWasPublished() throws Exception {
    HostHarness before = open(1, List.of());
    before.send(start("t/a"), block("t/a", 0));
    before.drain(device);
    List<OperatorSubtaskState> savepoint = before.snapshot(1);
    log.published.add(published("t/a", 3, 1));

    HostHarness after = open(1, savepoint);
    after.send(block("t/a", 1));
    after.drain(device);

    assertThat(after.outputs("t/a").stream().filter(SessionRecord.Emission.class::isInstance))
        .isNotEmpty()
        .allSatisfy(
            record ->
                assertThat(((SessionRecord.Emission) record).output().getAttempt()).isEqualTo(4));
  }

  @Test
  void whatWasWhollyPublishedGivesNothingAndTheFirstBlocksBehindItSaySo() throws Exception {
    HostHarness before = open(1, List.of());
    before.send(start("t/a"), block("t/a", 0));
    before.drain(device);
    List<OperatorSubtaskState> state = before.snapshot(1);
    log.published.add(published("t/a", 0, 1, 2));

    HostHarness after = open(1, state);
    after.send(block("t/a", 1), block("t/a", 2), block("t/a", 3), block("t/a", 4));
    after.drain(device);

    List<Object> bodies =
        after.outputs("t/a").stream()
            .filter(SessionRecord.Emission.class::isInstance)
            .map(record -> ((SessionRecord.Emission) record).output().getBody())
            .toList();
    assertThat(bodies.stream().filter(EncodedFrame.class::isInstance).map(EncodedFrame.class::cast))
        .extracting(frame -> frame.getIndex() + " " + frame.getFlags().getRestored())
        .containsExactly("2 true", "3 true", "4 false");
    assertThat(bodies)
        .filteredOn(
            body -> body instanceof StreamMark mark && mark.getBody() instanceof RestoredMark)
        .hasSize(1);
  }

  @Test
  void whatWasInFlightAndIsPublishedGivesNothingEither() throws Exception {
    HostHarness before = open(1, List.of());
    before.send(start("t/a"), block("t/a", 0), block("t/a", 1), block("t/a", 2), block("t/a", 3));
    List<OperatorSubtaskState> state = before.snapshot(1);
    device.finishAll();
    log.published.add(published("t/a", 0, 0, 1, 2));

    HostHarness after = open(1, state);
    after.drain(device);

    assertThat(frames(after))
        .extracting(frame -> frame.getIndex() + " " + frame.getFlags().getRestored())
        .containsExactly("2 true", "3 true");
  }

  @Test
  void operatorsBehindTheFirstLearnWhatWasPublishedBeforeTheyResume() throws Exception {
    HostHarness.Setup first =
        new HostHarness.Setup(
            this::stages, device.source(), new HostOptions(1000, false), log.factory());
    HostHarness.Setup last =
        new HostHarness.Setup(this::stages, device.source(), new HostOptions(1000, true));
    HostHarness before = HostHarness.open(first);
    HostHarness behind = HostHarness.open(last);
    opened.addAll(List.of(before, behind));
    before.send(start("t/a"));
    behind.send(start("t/a"), block("t/a", 0), block("t/a", 1), block("t/a", 2));
    List<OperatorSubtaskState> state = before.snapshot(1);
    List<OperatorSubtaskState> stateBehind = behind.snapshot(1);
    device.finishAll();
    log.published.add(published("t/a", 0, 0, 1));

    HostHarness behindAfter = HostHarness.open(last, 1, stateBehind);
    HostHarness after = HostHarness.open(first, 1, state);
    opened.addAll(List.of(after, behindAfter));
    assertThat(after.outputs()).containsExactly(new SessionRecord.Published("t/a", 1));
    behindAfter.send(after.outputs());
    behindAfter.drain(device);

    assertThat(frames(behindAfter)).extracting(EncodedFrame::getIndex).containsExactly(1L, 2L);
    assertThat(behindAfter.outputs()).noneMatch(SessionRecord.Published.class::isInstance);
  }

  private static List<EncodedFrame> frames(HostHarness harness) {
    return harness.outputs("t/a").stream()
        .filter(SessionRecord.Emission.class::isInstance)
        .map(record -> ((SessionRecord.Emission) record).output().getBody())
        .filter(EncodedFrame.class::isInstance)
        .map(EncodedFrame.class::cast)
        .toList();
  }

  @Test
  void theGapReachesUntilTheFirstFrameIsThere() throws Exception {
    HostHarness before = openAt(1_000_000, 1, List.of());
    before.send(start("t/a"), block("t/a", 0));
    before.drain(device);
    List<OperatorSubtaskState> state = before.snapshot(1);

    HostHarness after = openAt(1_003_000, 1, state);
    after.send(block("t/a", 1));
    after.runMails();
    after.moveTimeTo(1_003_700);
    after.drain(device);

    SessionRecord.Emission first =
        (SessionRecord.Emission)
            after.outputs("t/a").stream()
                .filter(SessionRecord.Emission.class::isInstance)
                .findFirst()
                .orElseThrow();
    RestoredMark mark = (RestoredMark) ((StreamMark) first.output().getBody()).getBody();
    assertThat(mark.getGapMicros()).isEqualTo(3_700_000);
  }

  @Test
  void nothingIsKeptForSessionsThatEndedBeforeTheCheckpoint() throws Exception {
    HostHarness before = openAt(1_000_000, 1, List.of());
    List<OperatorSubtaskState> state = before.snapshot(1);
    log.published.add(published("t/gone", 0, 0, 1));
    log.published.add(new PublishedSession("t/brief", 0, 1, OptionalLong.of(999_000), List.of()));

    HostHarness after = openAt(1_003_000, 1, state);
    after.drain(device);

    assertThat(seen).isEmpty();
    assertThat(after.keyedStateEntries()).isZero();
  }

  @Test
  void aSessionThatOpenedBehindTheCheckpointIsDecidedAgain() throws Exception {
    HostHarness before = openAt(1_000_000, 1, List.of());
    List<OperatorSubtaskState> state = before.snapshot(1);
    PublishedSession session = published("t/new", 2, 0, 1);
    log.published.add(
        new PublishedSession("t/new", 2, 1, OptionalLong.of(1_000_000), session.decisions()));

    HostHarness after = openAt(1_003_000, 1, state);
    after.drain(device);
    after.send(start("t/new"), block("t/new", 0));
    after.drain(device);

    assertThat(seen).containsExactly("t/new decisions [0, 1]", "t/new block 0");
    assertThat(after.outputs("t/new").stream().filter(SessionRecord.Emission.class::isInstance))
        .allSatisfy(
            record ->
                assertThat(((SessionRecord.Emission) record).output().getAttempt()).isEqualTo(3));
  }
}
