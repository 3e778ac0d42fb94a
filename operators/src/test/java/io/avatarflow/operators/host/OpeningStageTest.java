package io.avatarflow.operators.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.operators.host.FakeStages.Sum;
import io.avatarflow.operators.stage.Origin;
import io.avatarflow.operators.stage.Placement;
import io.avatarflow.operators.stage.SessionInfo;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.operators.stage.Stage;
import io.avatarflow.operators.stage.StateCodec;
import io.avatarflow.operators.stage.Turn;
import io.avatarflow.schemas.AudioChunk;
import io.avatarflow.schemas.CloseMode;
import io.avatarflow.schemas.Interrupt;
import io.avatarflow.schemas.KeyFrameRequest;
import io.avatarflow.schemas.SessionClose;
import io.avatarflow.schemas.SessionInput;
import io.avatarflow.schemas.SessionParameters;
import io.avatarflow.schemas.SessionUpdate;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The host of a stage that takes input and opens sessions itself. */
class OpeningStageTest {
  private static final String KEY = "t/a";

  private final HandDrivenDevice device = new HandDrivenDevice();
  private HostHarness harness;

  @BeforeEach
  void open() throws Exception {
    harness =
        HostHarness.open(
            new HostHarness.Setup(
                () -> List.of(new Opening()), device.source(), HostOptions.DEFAULT));
  }

  @AfterEach
  void close() throws Exception {
    harness.close();
  }

  /** Opens on an update, makes a block of every key-frame request, ends on close. */
  private static final class Opening implements Stage<Sum> {
    @Override
    public String name() {
      return "ingest";
    }

    @Override
    public Placement placement() {
      return Placement.TASK;
    }

    @Override
    public Placement placementOf(SessionRecord record) {
      return body(record) instanceof SessionUpdate ? Placement.CPU_POOL : Placement.TASK;
    }

    private static Object body(SessionRecord record) {
      return ((SessionRecord.Input) record).input().getBody();
    }

    @Override
    public StateCodec<Sum> stateCodec() {
      return new FakeStages.SumCodec();
    }

    @Override
    public Sum initialState(SessionInfo session) {
      return new Sum(0, 0);
    }

    @Override
    public boolean accepts(SessionRecord record) {
      return record instanceof SessionRecord.Input;
    }

    @Override
    public Object batchKey(Turn<Sum> turn) {
      return "ingest";
    }

    @Override
    public void step(List<Turn<Sum>> batch) {
      Turn<Sum> turn = batch.get(0);
      String key = turn.record().sessionKey();
      Object body = body(turn.record());
      Sum state = turn.state();
      if (body instanceof SessionUpdate) {
        turn.done(new Sum(1, 0), List.of(Records.start(key)));
      } else if (state.value() == 0) {
        turn.done(state, List.of());
      } else if (body instanceof KeyFrameRequest) {
        turn.done(
            new Sum(1, state.blocks() + 1),
            List.of(Records.block(turn.session().sessionKey(), state.blocks())));
      } else if (body instanceof AudioChunk) {
        turn.fail(new IllegalArgumentException("Audio is not taken here."));
      } else if (body instanceof Interrupt interrupt) {
        turn.done(state, List.of(Records.interrupt(key, interrupt.getNewEpoch())));
      } else {
        turn.done(state, List.of(Records.end(key)));
      }
    }
  }

  private static SessionRecord input(Object body) {
    return new SessionRecord.Input(
        KEY, new SessionInput(KEY, 0L, body), new Origin("input", 0, 0, 0));
  }

  private static SessionRecord opening() {
    return input(new SessionUpdate(SessionParameters.newBuilder().build()));
  }

  @Test
  void sessionIsKnownToTheStageOnceItsStartHasLeft() throws Exception {
    harness.send(opening(), input(new KeyFrameRequest()), input(new KeyFrameRequest()));
    assertThat(harness.outputs()).isEmpty();
    harness.drain(device);
    assertThat(harness.summary(KEY))
        .containsExactly(Records.start(KEY).toString(), "block 0 {}", "block 1 {}");
  }

  @Test
  void recordsBeforeTheStartLeaveNoState() throws Exception {
    harness.send(input(new KeyFrameRequest()), input(new SessionClose(CloseMode.NOW)));
    harness.drain(device);
    assertThat(harness.keyedStateEntries()).isZero();
  }

  @Test
  void endForgetsTheSessionAndLaterRecordsFindAFreshStage() throws Exception {
    harness.send(opening(), input(new SessionClose(CloseMode.NOW)), input(new KeyFrameRequest()));
    harness.drain(device);
    assertThat(harness.outputs()).containsExactly(Records.start(KEY), Records.end(KEY));
    assertThat(harness.keyedStateEntries()).isZero();
  }

  @Test
  void blocksCarryTheAttemptOfTheSession() throws Exception {
    harness.send(opening());
    harness.drain(device);
    HostHarness restored =
        HostHarness.open(
            new HostHarness.Setup(
                () -> List.of(new Opening()), device.source(), HostOptions.DEFAULT),
            1,
            harness.snapshot(1));
    restored.send(input(new KeyFrameRequest()));
    assertThat(((SessionRecord.Block) restored.outputs().get(0)).block().attempt()).isEqualTo(1);
    restored.close();
  }

  @Test
  void failedSessionIsRememberedUntilItsProducerClosesIt() throws Exception {
    harness.send(opening());
    harness.drain(device);
    harness.send(input(new AudioChunk()), input(new KeyFrameRequest()), opening());
    harness.drain(device);
    assertThat(harness.outputs()).hasSize(3);
    assertThat(harness.outputs()).endsWith(new SessionRecord.End(KEY, "FAILED"));
    assertThat(harness.keyedStateEntries()).isEqualTo(1);
    harness.send(input(new SessionClose(CloseMode.NOW)));
    assertThat(harness.outputs()).hasSize(3);
    assertThat(harness.keyedStateEntries()).isZero();
  }

  @Test
  void controlThatTheStageMakesLeavesAtOnce() throws Exception {
    harness.send(opening());
    harness.drain(device);
    harness.send(input(new Interrupt(3L)));
    assertThat(harness.outputs()).endsWith(Records.interrupt(KEY, 3));
  }
}
