package io.avatarflow.operators.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.operators.host.FakeStages.Drowsy;
import io.avatarflow.operators.host.FakeStages.Encode;
import io.avatarflow.operators.host.FakeStages.Ledger;
import io.avatarflow.operators.stage.Placement;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.operators.stage.Stage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;

/**
 * Whatever the order in which elements, control, device steps, steps that devices leave to the
 * caller, mails, wake-ups, checkpoints, failures and rescales come, each session gets what it gets
 * alone in a plain loop.
 *
 * <p>Each session is interrupted half-way. What an interrupt changes is what leaves: the frames of
 * the old epoch that had not left by then. The frames behind show that the states went on through
 * those blocks all the same.
 */
class NeighbourIndependenceTest {
  private static final List<String> KEYS = List.of("t/a", "t/b", "t/bad", "t/c", "t/d");
  private static final int BLOCKS = 8;
  private static final int OLD_BLOCKS = 4;
  private static final int RECORDS = BLOCKS + 3;

  private enum Action {
    SEND,
    KEY_FRAME,
    STEP,
    LEAVE_TO_CALLER,
    MAIL,
    CHECKPOINT,
    TIME,
    FAIL_AND_RESCALE
  }

  record Move(Action action, int seed) {}

  @Provide
  Arbitrary<List<Move>> moves() {
    Arbitrary<Action> actions =
        Arbitraries.frequency(
            Tuple.of(11, Action.SEND),
            Tuple.of(2, Action.KEY_FRAME),
            Tuple.of(8, Action.STEP),
            Tuple.of(3, Action.LEAVE_TO_CALLER),
            Tuple.of(8, Action.MAIL),
            Tuple.of(2, Action.CHECKPOINT),
            Tuple.of(3, Action.TIME),
            Tuple.of(1, Action.FAIL_AND_RESCALE));
    return Combinators.combine(actions, Arbitraries.integers().between(0, 1 << 20))
        .as(Move::new)
        .list()
        .ofMinSize(20)
        .ofMaxSize(120);
  }

  @Property(tries = 250)
  void outputsDependOnNoNeighbourAndNoTiming(@ForAll("moves") List<Move> moves) throws Exception {
    Run run = new Run();
    try {
      for (Move move : moves) {
        run.play(move);
      }
      run.finish();
      for (String key : KEYS) {
        check(key, run.outputs(key));
      }
      run.checkpoint();
      assertThat(run.harness.keyedStateEntries()).isZero();
    } finally {
      run.harness.close();
    }
    assertThat(run.ledger.open()).isZero();
  }

  private static void check(String key, List<SessionRecord> outputs) {
    List<String> left = new ArrayList<>(outputs.stream().map(FakeStages::summary).toList());
    SessionRecord interrupt = Records.interrupt(key, 1);
    int interruptedAt = left.indexOf(interrupt.toString());
    if (interruptedAt < 0) {
      // Only a session that had failed by then does not pass it on.
      assertThat(key).contains("bad");
      assertThat(left).as(key).isEqualTo(alone(key));
      return;
    }
    int oldFrames =
        (int)
            left.subList(0, interruptedAt).stream()
                .filter(NeighbourIndependenceTest::isFrame)
                .count();
    List<String> expected = new ArrayList<>();
    int frames = 0;
    for (String summary : alone(key)) {
      int index = isFrame(summary) ? frames++ : -1;
      if (index < oldFrames || index >= OLD_BLOCKS) {
        expected.add(summary);
      }
    }
    left.remove(interruptedAt);
    assertThat(left).as(key).isEqualTo(expected);
  }

  private static boolean isFrame(String summary) {
    return summary.startsWith("frame ");
  }

  /** The whole session without a host; a poisoned one ends before its poison. */
  private static List<String> alone(String key) {
    List<SessionRecord> records = new ArrayList<>();
    for (int i = 0; i < RECORDS; i++) {
      records.addAll(records(key, i));
    }
    records.removeIf(SessionRecord.Control.class::isInstance);
    if (key.contains("bad")) {
      // Its start, decisions and blocks up to the poison, and the decision about that.
      records = new ArrayList<>(records.subList(0, 2 * (int) FakeStages.POISON + 2));
      records.add(new SessionRecord.End(key, "FAILED"));
    }
    return ReferenceModel.run(Records.info(key), stages(new Ledger()), records);
  }

  private static List<SessionRecord> records(String key, int position) {
    SessionRecord record = record(key, position);
    return record instanceof SessionRecord.Block block
        ? List.of(Records.decision(key, block.block().index()), record)
        : List.of(record);
  }

  private static SessionRecord record(String key, int position) {
    if (position == 0) {
      return Records.start(key);
    }
    if (position <= OLD_BLOCKS) {
      return Records.block(key, position - 1, 0);
    }
    if (position == OLD_BLOCKS + 1) {
      return Records.interrupt(key, 1);
    }
    return position < RECORDS - 1 ? Records.block(key, position - 2, 1) : Records.end(key);
  }

  private static List<Stage<?>> stages(Ledger ledger) {
    return List.of(
        new Drowsy("features", Placement.TASK, 1, ledger),
        new Drowsy("denoise", Placement.ACCELERATOR, 3, ledger),
        new Encode(Placement.CPU_POOL, ledger));
  }

  /** A job that can fail: what left behind the last checkpoint is taken back, as a sink would. */
  private static final class Run {
    private final Ledger ledger = new Ledger();
    private final HandDrivenDevice device = new HandDrivenDevice();
    private final HostHarness.Setup setup = new HostHarness.Setup(() -> stages(ledger), device);
    private final List<SessionRecord> committed = new ArrayList<>();
    private final Map<String, Integer> sent = new HashMap<>();
    private final Map<String, Integer> sentAtCheckpoint = new HashMap<>();
    private HostHarness harness = HostHarness.open(setup);
    private List<OperatorSubtaskState> checkpoint = List.of();
    private long checkpoints;
    private long nowMillis;

    private Run() throws Exception {}

    private void play(Move move) throws Exception {
      Random random = new Random(move.seed());
      switch (move.action()) {
        case SEND -> send(KEYS.get(random.nextInt(KEYS.size())));
        case KEY_FRAME ->
            harness.send(
                new SessionRecord.Control(
                    KEYS.get(random.nextInt(KEYS.size())),
                    SessionRecord.Control.Kind.KEY_FRAME,
                    0));
        case STEP -> device.stepSome(random);
        case LEAVE_TO_CALLER -> device.leaveToCaller(random.nextInt(6));
        case MAIL -> harness.runOneMail();
        case CHECKPOINT -> checkpoint();
        case TIME -> harness.moveTimeTo(nowMillis += random.nextInt(20_000));
        case FAIL_AND_RESCALE -> failAndRescale(1 + random.nextInt(3));
      }
    }

    private void send(String key) throws Exception {
      int position = sent.getOrDefault(key, 0);
      if (position < RECORDS) {
        for (SessionRecord record : records(key, position)) {
          harness.send(record);
        }
        sent.put(key, position + 1);
      }
    }

    private void checkpoint() throws Exception {
      checkpoint = harness.snapshot(++checkpoints);
      keepOutputs();
      sentAtCheckpoint.clear();
      sentAtCheckpoint.putAll(sent);
    }

    private void keepOutputs() {
      committed.addAll(harness.outputs());
      harness.forgetOutputs();
    }

    private void failAndRescale(int parallelism) throws Exception {
      harness.close();
      harness = HostHarness.openAt(nowMillis, setup, parallelism, checkpoint);
      sent.clear();
      sent.putAll(sentAtCheckpoint);
    }

    private void finish() throws Exception {
      for (int i = 0; i < RECORDS; i++) {
        for (String key : KEYS) {
          send(key);
        }
      }
      harness.drain(device);
      keepOutputs();
    }

    /**
     * What left for a session but key-frame requests, which go through as they come, and the event
     * of its failure, which the plain loop does not make.
     */
    private List<SessionRecord> outputs(String key) {
      return committed.stream()
          .filter(record -> record.sessionKey().equals(key))
          .filter(record -> !(record instanceof SessionRecord.Event))
          .filter(record -> !FakeStages.isRestoreNotice(record))
          .filter(
              record ->
                  !(record instanceof SessionRecord.Control control)
                      || control.kind() == SessionRecord.Control.Kind.INTERRUPT)
          .toList();
    }
  }
}
