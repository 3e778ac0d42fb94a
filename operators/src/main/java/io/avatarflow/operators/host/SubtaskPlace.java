package io.avatarflow.operators.host;

/**
 * Which of an operator's subtasks a group of stages is made for.
 *
 * @param index 0 to {@code parallelism - 1}
 * @param parallelism subtasks of the operator
 * @param maxParallelism key groups of the job; a subtask has a contiguous range of them
 */
public record SubtaskPlace(int index, int parallelism, int maxParallelism) {
  /** The only one. */
  public static final SubtaskPlace ALONE = new SubtaskPlace(0, 1, 1);
}
