package io.avatarflow.jobs.graph;

import io.avatarflow.operators.stage.AvatarMetric;
import io.avatarflow.operators.stage.Placement;
import io.avatarflow.operators.stage.SessionInfo;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.operators.stage.Stage;
import io.avatarflow.operators.stage.StateCodec;
import io.avatarflow.operators.stage.Turn;
import java.util.Collection;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/**
 * A stage that closes what its group holds after itself, and shows its gauges; all else is the
 * stage's own.
 *
 * @param <S> the stage's canonical state
 */
final class ClosingStage<S> implements Stage<S> {
  private final Stage<S> stage;
  private final Deque<AutoCloseable> held;
  private final Map<AvatarMetric, LongSupplier> gauges;

  /**
   * @param held what is closed, the first one first
   * @param gauges of the group, besides those of the stage
   */
  ClosingStage(Stage<S> stage, Deque<AutoCloseable> held, Map<AvatarMetric, LongSupplier> gauges) {
    this.stage = stage;
    this.held = held;
    this.gauges = gauges;
  }

  @Override
  public String name() {
    return stage.name();
  }

  @Override
  public Placement placement() {
    return stage.placement();
  }

  @Override
  public Placement placementOf(SessionRecord record) {
    return stage.placementOf(record);
  }

  @Override
  public StateCodec<S> stateCodec() {
    return stage.stateCodec();
  }

  @Override
  public S initialState(SessionInfo session) {
    return stage.initialState(session);
  }

  @Override
  public boolean accepts(SessionRecord record) {
    return stage.accepts(record);
  }

  @Override
  public OptionalLong wakeAtMicros(S state) {
    return stage.wakeAtMicros(state);
  }

  @Override
  public boolean keepsTime() {
    return stage.keepsTime();
  }

  @Override
  public Object batchKey(Turn<S> turn) {
    return stage.batchKey(turn);
  }

  @Override
  public int rows(Turn<S> turn) {
    return stage.rows(turn);
  }

  @Override
  public int maxRows() {
    return stage.maxRows();
  }

  @Override
  public void step(List<Turn<S>> batch) {
    stage.step(batch);
  }

  @Override
  public void control(SessionRecord.Control control, AutoCloseable derived) {
    stage.control(control, derived);
  }

  @Override
  public Map<AvatarMetric, LongSupplier> gauges() {
    Map<AvatarMetric, LongSupplier> all = new EnumMap<>(AvatarMetric.class);
    all.putAll(stage.gauges());
    all.putAll(gauges);
    return all;
  }

  @Override
  public void restored(Collection<String> sessionKeys, long nowMicros) {
    stage.restored(sessionKeys, nowMicros);
  }

  @Override
  public void forgotten(String sessionKey) {
    stage.forgotten(sessionKey);
  }

  @Override
  public void close() {
    try {
      stage.close();
    } finally {
      close(held);
    }
  }

  /** Closes all, the first one first, whatever fails. */
  static void close(Deque<AutoCloseable> all) {
    RuntimeException failure = null;
    for (AutoCloseable one : all) {
      try {
        one.close();
      } catch (Exception e) {
        RuntimeException next =
            e instanceof RuntimeException r
                ? r
                : new IllegalStateException("%s could not be closed.".formatted(one), e);
        if (failure == null) {
          failure = next;
        } else {
          failure.addSuppressed(next);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
