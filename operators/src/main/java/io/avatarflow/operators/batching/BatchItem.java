package io.avatarflow.operators.batching;

/** A step that waits for its place in a batch. */
public interface BatchItem {
  /** Whose step it is; a batch holds at most one of each session. */
  String sessionKey();

  /** Items with equal keys may share a batch. */
  Object batchKey();

  /** Rows that the step takes in a batch. */
  int rows();

  /** Most rows of a batch of this kind. */
  int maxRows();

  /** When the item's block is due, microseconds; the smallest goes first. */
  long deadlineMicros();

  /** Index of the item's block; of equal deadlines, such as none, the smallest goes first. */
  long block();
}
