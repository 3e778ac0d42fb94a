package io.avatarflow.operators.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.operators.stage.SessionInfo;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.operators.stage.Turn;
import java.util.List;

/** Does for one session what the host does: keeps state and derived state between turns. */
final class TestSession {
  private final EncodeStage stage;
  final SessionInfo info;
  EncodeState state = EncodeState.EMPTY;
  private AutoCloseable derived;
  List<SessionRecord> opened = List.of();

  TestSession(EncodeStage.Format format, SessionInfo info) {
    this.stage = new EncodeStage(format);
    this.info = info;
  }

  Turn<EncodeState> turn(SessionRecord record) {
    assertThat(stage.accepts(record)).isTrue();
    Turn<EncodeState> turn = new Turn<>(info, record, state, derived);
    stage.step(List.of(turn));
    derived = turn.derived().orElse(null);
    return turn;
  }

  List<SessionRecord> run(SessionRecord record) {
    Turn<EncodeState> turn = turn(record);
    assertThat(turn.failure()).isNull();
    assertThat(turn.answer()).isEqualTo(Turn.Answer.DONE);
    state = turn.newState();
    return turn.outputs();
  }

  EncodeState state() {
    return state;
  }

  void askForKeyFrame() {
    stage.control(
        new SessionRecord.Control(TestBlocks.KEY, SessionRecord.Control.Kind.KEY_FRAME, 0),
        derived);
  }

  void loseEncoders() {
    if (derived instanceof SessionEncoders encoders) {
      encoders.close();
      derived = null;
    }
  }
}
