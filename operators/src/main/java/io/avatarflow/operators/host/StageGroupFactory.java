package io.avatarflow.operators.host;

import io.avatarflow.operators.stage.Stage;
import java.io.Serializable;
import java.util.List;

/**
 * Makes the stages of one operator on the worker, in the order in which a session's records pass
 * them.
 *
 * <p>Called once for each subtask, on the task's thread, before any state is read. What the stages
 * hold (graphs, native memory) they release in {@link Stage#close()}, which the operator calls once
 * no step runs any more.
 */
@FunctionalInterface
public interface StageGroupFactory extends Serializable {
  /**
   * Makes the stages; at least one, no two of one name.
   *
   * @param worker where they will run
   * @throws Exception what keeps the job from starting, as one sentence for its owner
   */
  List<Stage<?>> create(Worker worker) throws Exception;
}
