package io.avatarflow.operators.host;

/**
 * A place in a {@link DecisionLog}.
 *
 * @param partition a partition of the log
 * @param offset of the first record behind the place
 */
public record LogPosition(int partition, long offset) {}
