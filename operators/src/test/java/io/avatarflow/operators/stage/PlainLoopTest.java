package io.avatarflow.operators.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class PlainLoopTest {
  private final CountingStage stage = new CountingStage();
  private final PlainLoop<TensorState> loop = new PlainLoop<>(stage);

  @Test
  void aTurnIsSteppedUntilItIsDone() {
    List<SessionRecord> outputs = loop.accept(session("a"), end("a", "3"));

    assertThat(outputs).containsExactly(end("a", "stepped 3 times"));
    assertThat(stage.batches).containsExactly(1, 1, 1);
  }

  @Test
  void sessionsShareBatchesUpToTheRowsOfTheStage() {
    List<SessionInfo> sessions = List.of(session("a"), session("b"), session("c"));

    List<List<SessionRecord>> outputs =
        loop.accept(sessions, List.of(end("a", "1"), end("b", "2"), end("c", "1")));

    assertThat(outputs)
        .containsExactly(
            List.of(end("a", "stepped 1 times")),
            List.of(end("b", "stepped 2 times")),
            List.of(end("c", "stepped 1 times")));
    assertThat(stage.batches).containsExactly(2, 2);
  }

  @Test
  void recordsThatTheStageDoesNotAcceptPass() {
    SessionRecord start = new SessionRecord.Start(session("a"));

    assertThat(loop.accept(session("a"), start)).containsExactly(start);
    assertThat(stage.batches).isEmpty();
  }

  @Test
  void aStageThatThrowsOrAnswersNothingFailsTheSession() {
    assertThatThrownBy(() -> loop.accept(session("a"), end("a", "throw")))
        .hasMessage("Session test/a cannot go on: For input string: \"throw\"");
    assertThatThrownBy(() -> loop.accept(session("a"), end("a", "0")))
        .hasMessage(
            "Session test/a cannot go on: Stage \"counting\" stepped a turn without an answer; it has to be again, done or"
                + " fail.");
  }

  @Test
  void derivedStateIsKeptBetweenRecordsAndFreedAtTheEnd() {
    loop.accept(session("a"), end("a", "1"));
    AtomicBoolean freed = stage.freed;
    loop.accept(session("a"), end("a", "1"));

    assertThat(stage.freed).isSameAs(freed);
    loop.close();
    assertThat(freed).isTrue();
  }

  private static SessionInfo session(String name) {
    return new SessionInfo(
        "test/" + name,
        "none",
        "00",
        0,
        new SessionInfo.VideoSettings(2, 2, "H264", 1),
        true,
        new byte[0]);
  }

  private static SessionRecord end(String name, String reason) {
    return new SessionRecord.End("test/" + name, reason);
  }

  /** Steps each turn as often as its record says. */
  private static final class CountingStage implements Stage<TensorState> {
    final List<Integer> batches = new ArrayList<>();
    AtomicBoolean freed;

    @Override
    public String name() {
      return "counting";
    }

    @Override
    public Placement placement() {
      return Placement.TASK;
    }

    @Override
    public StateCodec<TensorState> stateCodec() {
      return TensorState.CODEC;
    }

    @Override
    public TensorState initialState(SessionInfo session) {
      return TensorState.EMPTY;
    }

    @Override
    public boolean accepts(SessionRecord record) {
      return record instanceof SessionRecord.End;
    }

    @Override
    public Object batchKey(Turn<TensorState> turn) {
      return name();
    }

    @Override
    public int maxRows() {
      return 2;
    }

    @Override
    public void step(List<Turn<TensorState>> batch) {
      batches.add(batch.size());
      for (Turn<TensorState> turn : batch) {
        if (turn.derived().isEmpty()) {
          AtomicBoolean flag = new AtomicBoolean();
          freed = flag;
          turn.keepDerived(() -> flag.set(true));
        }
        int wanted = Integer.parseInt(((SessionRecord.End) turn.record()).reason());
        int steps = turn.scratch() == null ? 1 : (int) turn.scratch() + 1;
        if (steps == wanted) {
          turn.done(
              turn.state(),
              List.of(
                  new SessionRecord.End(
                      turn.session().sessionKey(), "stepped %d times".formatted(steps))));
        } else if (steps < wanted) {
          turn.again(steps);
        }
      }
    }
  }
}
