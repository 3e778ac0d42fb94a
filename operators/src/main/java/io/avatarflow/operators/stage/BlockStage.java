package io.avatarflow.operators.stage;

import java.util.List;

/**
 * A stage that takes blocks alone, answers each in one step, and whose canonical state is tensors.
 */
public interface BlockStage extends Stage<TensorState> {
  /**
   * Answers one turn with {@link Turn#done} or {@link Turn#fail}; what it throws fails the turn.
   */
  void step(Turn<TensorState> turn);

  @Override
  default void step(List<Turn<TensorState>> batch) {
    for (Turn<TensorState> turn : batch) {
      try {
        step(turn);
      } catch (RuntimeException e) {
        turn.fail(e);
      }
    }
  }

  @Override
  default StateCodec<TensorState> stateCodec() {
    return TensorState.CODEC;
  }

  /** No tensors, for stages that remember nothing or nothing at first. */
  @Override
  default TensorState initialState(SessionInfo session) {
    return TensorState.EMPTY;
  }

  @Override
  default boolean accepts(SessionRecord record) {
    return record instanceof SessionRecord.Block;
  }

  @Override
  default Object batchKey(Turn<TensorState> turn) {
    return name();
  }
}
