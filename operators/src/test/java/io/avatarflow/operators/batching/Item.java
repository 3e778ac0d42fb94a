package io.avatarflow.operators.batching;

/** A step of a test. */
record Item(
    String sessionKey, Object batchKey, int rows, int maxRows, long deadlineMicros, long block)
    implements BatchItem {
  static Item of(String session, long deadline) {
    return new Item(session, "graph", 1, 4, deadline, 0);
  }
}
