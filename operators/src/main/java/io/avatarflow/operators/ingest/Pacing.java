package io.avatarflow.operators.ingest;

import java.util.OptionalLong;

/**
 * Decides when blocks leave, and when audio that has not come counts as missing.
 *
 * <p>Safe for use by any thread.
 */
interface Pacing {
  /** Sends the blocks of an open session that are due. */
  void release(BlockRelease work);

  /**
   * When the session wants to be looked at again though no input came, microseconds since the
   * epoch.
   */
  OptionalLong wakeAt(IngestSetup setup, IngestState state);

  /** When the frames of a block are due, {@code MediaBlock.NO_DEADLINE} for never. */
  long deadline(IngestSetup setup, Pace pace, long block);

  /** True when time alone releases blocks. */
  boolean keepsTime();
}
