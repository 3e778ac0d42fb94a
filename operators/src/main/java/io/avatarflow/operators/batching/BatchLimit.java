package io.avatarflow.operators.batching;

/** How large a batch is worth being, beside how large it may be. */
@FunctionalInterface
public interface BatchLimit {
  /** As large as it may be. */
  BatchLimit GREEDY = (batchKey, maxRows) -> maxRows;

  /** One item at a time. */
  BatchLimit UNBATCHED = (batchKey, maxRows) -> 1;

  /**
   * Rows that a batch is filled up to; its first item joins whatever it takes.
   *
   * @param maxRows the most that the items allow, 1 or more
   */
  int rows(Object batchKey, int maxRows);
}
