package io.avatarflow.operators.program;

import io.avatarflow.operators.stage.BlockParameters;
import io.avatarflow.operators.tensor.Tensor;
import java.util.List;
import java.util.Map;

/**
 * One entry of a program: a graph that runs once, or a sampler that runs its graph step by step.
 * Immutable.
 */
sealed interface ProgramStep permits GraphStep, SampleStep {
  /** The graph that the step's evaluations run. */
  GraphRunner runner();

  /** Rows that an evaluation takes with these parameters. */
  int rows(BlockParameters parameters);

  /**
   * The inputs of the next evaluation. Asked again for the same evaluation, it answers the same.
   */
  List<Map<String, Tensor>> inputs(BlockRun run);

  /** Takes the outputs of an evaluation; true when the step is complete. */
  boolean outputs(BlockRun run, List<Map<String, Tensor>> rows);
}
