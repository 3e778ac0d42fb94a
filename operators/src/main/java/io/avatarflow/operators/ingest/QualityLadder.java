package io.avatarflow.operators.ingest;

import io.avatarflow.operators.stage.BlockParameters;

/**
 * Decides at which rung of the pack's ladder a block is made: 0 is full quality, higher is cheaper.
 *
 * <p>The answer depends on what is asked and on a view of the load that is given to the ladder; it
 * is written down in the block's DECISION mark, so a block that is made again is not asked about.
 * Safe for use by several threads.
 */
@FunctionalInterface
public interface QualityLadder {
  /** Full quality whatever the load. */
  QualityLadder FULL = ask -> 0;

  /**
   * What is known when a block is released.
   *
   * @param sessionKey {@code tenant/session}
   * @param block index of the block
   * @param nowMicros when it is released, microseconds since the epoch
   * @param deadlineMicros when its frames are due, {@code MediaBlock.NO_DEADLINE} for never
   * @param parameters those in force
   * @param idle whether the idle policy fills the block
   * @param silentMicros media without audio directly before it
   * @param lastRung rung of the last block that was not idle, 0 before the first
   */
  record Ask(
      String sessionKey,
      long block,
      long nowMicros,
      long deadlineMicros,
      BlockParameters parameters,
      boolean idle,
      long silentMicros,
      int lastRung) {}

  /** The rung of a block, 0 or more. */
  int rung(Ask ask);

  /**
   * True when what was released is more than will be made in any time, so that more of it would
   * only wait.
   *
   * @param nowMicros microseconds since the epoch
   */
  default boolean isSwamped(long nowMicros) {
    return false;
  }
}
