package io.avatarflow.operators.stage;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/**
 * One step of the pipeline: a pure function over a batch of turns of different sessions.
 *
 * <p>The same inputs and states give the same outputs and states, whoever the neighbours in a batch
 * are (encoders, which end the graph, excepted). A stage knows nothing of Flink and keeps nothing
 * of a session between turns: called in a plain loop it is the baseline of the benchmark.
 *
 * <p>Life of a turn: the host makes it from the session's state and one record; {@link #batchKey}
 * says what the next step needs; {@link #step} answers each turn with again, done or fail; on done
 * the host commits state and outputs in the mailbox.
 *
 * <p>Threads: {@link #step} runs where {@link #placement} says, for one batch at a time and thread;
 * instances of different subtasks whose batch keys are equal are interchangeable, so that their
 * turns share batches.
 *
 * @param <S> the canonical state, an immutable type
 */
public interface Stage<S> extends AutoCloseable {
  /** The stage's name, which is also the name of its operator and of its metrics. */
  String name();

  /** Where the steps run. */
  Placement placement();

  /** Where the steps of one record run, for stages whose records differ in cost. */
  default Placement placementOf(SessionRecord record) {
    return placement();
  }

  /** How the canonical state is written. */
  StateCodec<S> stateCodec();

  /**
   * The canonical state of a session that was just opened.
   *
   * @param session the session's constants; null for a stage that accepts {@link
   *     SessionRecord.Input} as long as no {@link SessionRecord.Start} of the session has left it.
   *     State that equals this is not kept, so that records of sessions that never open leave
   *     nothing behind.
   */
  S initialState(SessionInfo session);

  /** True for records that become turns; all others pass the stage in their order. */
  boolean accepts(SessionRecord record);

  /**
   * When a session in this state wants a {@link SessionRecord.Tick}, microseconds since the epoch
   * by the host's clock; empty for never. Asked in the mailbox after every commit; the answer
   * replaces the one before.
   */
  default OptionalLong wakeAtMicros(S state) {
    return OptionalLong.empty();
  }

  /**
   * True if the stage's ticks keep the time of media, so that they come at once after a restore.
   * Other ticks are held back then for a while, because silence during an outage means nothing.
   */
  default boolean keepsTime() {
    return false;
  }

  /** Turns with equal keys may share a batch. Asked before every step. */
  Object batchKey(Turn<S> turn);

  /** How many rows the turn's next step takes in a batch (two with guidance, for example). */
  default int rows(Turn<S> turn) {
    return 1;
  }

  /** Most rows that a batch may have. */
  default int maxRows() {
    return 1;
  }

  /**
   * Advances each turn by one step, answering it with {@link Turn#again}, {@link Turn#done} or
   * {@link Turn#fail}.
   *
   * <p>An exception thrown from here fails the turn of a batch of one. From a larger batch, every
   * turn that has no answer yet is stepped again alone, so that only the culprit fails; a step
   * therefore changes no scratch before it answers.
   */
  void step(List<Turn<S>> batch);

  /**
   * Applies in-band control that overtakes blocks. Called in the mailbox, possibly while a step of
   * the same session runs elsewhere, so only thread-safe parts of derived state may be touched.
   *
   * @param derived the session's derived state, null when there is none yet
   */
  default void control(SessionRecord.Control control, AutoCloseable derived) {}

  /**
   * Numbers that the stage wants watched; asked once, read by any thread at any time.
   *
   * @return gauges of scope {@link AvatarMetric.Scope#START_OF_GRAPH}
   */
  default Map<AvatarMetric, LongSupplier> gauges() {
    return Map.of();
  }

  /**
   * Tells which sessions came back after a restore. Called once, in the mailbox, before any turn.
   *
   * @param sessionKeys the sessions that have a state at this stage
   * @param nowMicros the host's clock, microseconds since the epoch
   */
  default void restored(Collection<String> sessionKeys, long nowMicros) {}

  /**
   * Tells that the host has forgotten a session at this stage, behind its End or because it failed.
   * Called in the mailbox.
   */
  default void forgotten(String sessionKey) {}

  @Override
  default void close() {}
}
