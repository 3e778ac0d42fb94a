package io.avatarflow.jobs.bench;

/**
 * How many blocks of one session came by their deadline, which follows from its open and the pack's
 * clock alone.
 *
 * <p>Counts the blocks that are due while the session is open, without those that an interrupt took
 * away: between the last block of an epoch and the first of the next none is expected. Remembers
 * one block. One thread.
 */
final class PunctualBlocks {
  private final LiveClock clock;
  private final long openMicros;
  private final long due;
  private long block = -1;
  private long epoch;
  private long polledMicros;
  private long excused;
  private long met;

  /**
   * @param openMicros when its producer opens it, microseconds since the epoch
   * @param closeMicros when its producer closes it
   */
  PunctualBlocks(LiveClock clock, long openMicros, long closeMicros) {
    this.clock = clock;
    this.openMicros = openMicros;
    this.due = clock.dueBefore(openMicros, closeMicros);
  }

  /** A picture of a block arrived; blocks come in their order. */
  void picture(long ofBlock, long ofEpoch, long nowMicros) {
    if (ofBlock != block) {
      complete();
      if (ofEpoch > epoch) {
        excused += Math.min(ofBlock, due) - Math.min(block + 1, due);
      }
      block = ofBlock;
    }
    epoch = ofEpoch;
    polledMicros = nowMicros;
  }

  /** Nothing more comes of the block. */
  void complete() {
    if (block >= 0 && block < due && polledMicros <= clock.deadline(openMicros, block)) {
      met++;
    }
    // The end of the session would count it again.
    polledMicros = Long.MAX_VALUE;
  }

  /** Blocks that were due. */
  long due() {
    return due - excused;
  }

  /** Blocks whose last picture came by its deadline. */
  long met() {
    return met;
  }
}
