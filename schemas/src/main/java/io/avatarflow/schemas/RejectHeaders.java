package io.avatarflow.schemas;

/**
 * The Kafka headers of a record on the rejects topic: where it stood and why it was rejected. All
 * values are text in UTF-8.
 */
public final class RejectHeaders {
  /** Topic the record was read from. */
  public static final String TOPIC = "avatarflow.topic";

  /** Partition it was read from, in decimal. */
  public static final String PARTITION = "avatarflow.partition";

  /** Offset it stood at, in decimal. */
  public static final String OFFSET = "avatarflow.offset";

  /** Why it was rejected, one sentence. */
  public static final String REASON = "avatarflow.reason";

  private RejectHeaders() {}
}
