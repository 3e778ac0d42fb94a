package io.avatarflow.operators.ingest;

/**
 * Where a session stands: its epoch, the epoch's rate, and how the epoch's audio lies on the media
 * clock.
 *
 * <p>Speech runs in segments. A segment begins at an input sample of the epoch and on a block's
 * first media sample; its end is padded to a whole block. Where speech comes to a halt because its
 * audio does not come, it goes on as if a new segment began.
 *
 * @param epoch the current epoch
 * @param rate rate of the epoch's chunks, Hz; 0 until one came
 * @param segmentStart input sample at which the current segment begins
 * @param segmentBlocks blocks of the segment that were released
 * @param nextBlock index of the next block to be released, over the life of the session
 */
record EpochClock(long epoch, int rate, long segmentStart, long segmentBlocks, long nextBlock) {
  /** Largest epoch: every client language holds integers up to it exactly. */
  static final long MAX_EPOCH = (1L << 53) - 1;

  /** A session that has not said anything. */
  static final EpochClock START = new EpochClock(0, 0, 0, 0, 0);

  EpochClock withRate(int newRate) {
    return new EpochClock(epoch, newRate, segmentStart, segmentBlocks, nextBlock);
  }

  EpochClock nextEpoch(long newEpoch) {
    return new EpochClock(newEpoch, 0, 0, 0, nextBlock);
  }

  EpochClock nextSegment(long start) {
    return new EpochClock(epoch, rate, start, 0, nextBlock);
  }

  /** A block without audio was released. */
  EpochClock idleReleased() {
    return new EpochClock(epoch, rate, segmentStart, segmentBlocks, nextBlock + 1);
  }

  /** Blocks up to this one are never made. */
  EpochClock skippedTo(long block) {
    return new EpochClock(epoch, rate, segmentStart, segmentBlocks, block);
  }

  /** The audio of a block is left out. */
  EpochClock blockLeftOut() {
    return new EpochClock(epoch, rate, segmentStart, segmentBlocks + 1, nextBlock);
  }

  EpochClock blockReleased() {
    return new EpochClock(epoch, rate, segmentStart, segmentBlocks + 1, nextBlock + 1);
  }
}
