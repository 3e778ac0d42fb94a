package io.avatarflow.operators.host;

import io.avatarflow.operators.host.FakeStages.Sum;
import io.avatarflow.operators.stage.Origin;
import io.avatarflow.operators.stage.Placement;
import io.avatarflow.operators.stage.SessionInfo;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.operators.stage.Stage;
import io.avatarflow.operators.stage.StateCodec;
import io.avatarflow.operators.stage.Turn;
import io.avatarflow.schemas.CloseMode;
import io.avatarflow.schemas.CloseReason;
import io.avatarflow.schemas.Interrupt;
import io.avatarflow.schemas.KeyFrameRequest;
import io.avatarflow.schemas.SessionClose;
import io.avatarflow.schemas.SessionEvent;
import io.avatarflow.schemas.SessionEventType;
import io.avatarflow.schemas.SessionInput;
import io.avatarflow.schemas.SessionParameters;
import io.avatarflow.schemas.SessionUpdate;
import java.util.List;
import java.util.OptionalLong;

/**
 * A stage that opens sessions and expires them a minute after their last input: opens on an update,
 * makes a block of every key-frame request, fails on an interrupt, ends on close. Its state is the
 * time of the last input and the number of blocks.
 */
final class Idler implements Stage<Sum> {
  static final long IDLE_MILLIS = 60_000;

  /** An input record that arrives at a time. */
  static SessionRecord input(String key, long millis, Object body) {
    return new SessionRecord.Input(
        key, new SessionInput(key, 0L, body), new Origin("input", 0, 0, millis * 1000));
  }

  static SessionRecord opening(String key, long millis) {
    return input(key, millis, new SessionUpdate(SessionParameters.newBuilder().build()));
  }

  static SessionRecord speech(String key, long millis) {
    return input(key, millis, new KeyFrameRequest());
  }

  static SessionRecord failing(String key, long millis) {
    return input(key, millis, new Interrupt(1L));
  }

  static SessionRecord closing(String key, long millis) {
    return input(key, millis, new SessionClose(CloseMode.DRAIN));
  }

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
    return record instanceof SessionRecord.Input input
            && input.input().getBody() instanceof SessionUpdate
        ? Placement.CPU_POOL
        : Placement.TASK;
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
    return record instanceof SessionRecord.Input || record instanceof SessionRecord.Tick;
  }

  @Override
  public OptionalLong wakeAtMicros(Sum state) {
    return state.value() == 0
        ? OptionalLong.empty()
        : OptionalLong.of(state.value() + IDLE_MILLIS * 1000);
  }

  @Override
  public Object batchKey(Turn<Sum> turn) {
    return "ingest";
  }

  @Override
  public void step(List<Turn<Sum>> batch) {
    batch.forEach(this::step);
  }

  private void step(Turn<Sum> turn) {
    String key = turn.record().sessionKey();
    if (turn.record() instanceof SessionRecord.Tick tick) {
      CloseReason reason = tick.endOfInput() ? CloseReason.END_OF_INPUT : CloseReason.IDLE;
      turn.done(
          new Sum(0, 0),
          List.of(
              new SessionRecord.Event(
                  new SessionEvent(key, 0L, SessionEventType.EXPIRED, reason.name(), "")),
              new SessionRecord.End(key, reason.name())));
      return;
    }
    SessionRecord.Input input = (SessionRecord.Input) turn.record();
    Object body = input.input().getBody();
    long now = input.origin().arrivedMicros();
    if (body instanceof SessionUpdate) {
      turn.done(new Sum(now, 0), List.of(Records.start(key)));
    } else if (turn.state().value() == 0) {
      turn.done(turn.state(), List.of());
    } else if (body instanceof KeyFrameRequest) {
      long block = turn.state().blocks();
      turn.done(new Sum(now, block + 1), List.of(Records.block(key, block)));
    } else if (body instanceof Interrupt) {
      turn.fail(new IllegalArgumentException("Interrupts are not taken here."));
    } else {
      turn.done(new Sum(0, 0), List.of(Records.end(key)));
    }
  }
}
