package io.avatarflow.operators.ingest;

import java.time.Duration;

/**
 * When a session's blocks are due by the clock. All times are microseconds since the epoch, and
 * follow from the block's index, so they do not drift.
 *
 * @param geometry the pack's blocks
 * @param options lead, grace and budget
 * @param originMicros when the media of block 0 begins
 */
record MediaTimeline(BlockGeometry geometry, PacingOptions options, long originMicros) {
  private static final long SECOND = 1_000_000;

  static MediaTimeline of(IngestSetup setup, Pace pace) {
    return new MediaTimeline(
        setup.geometry(), setup.options().pacing(), pace.openMicros() + pace.shiftMicros());
  }

  /** Length of a block, rounded down. */
  long blockMicros() {
    return geometry.frames() * SECOND / geometry.fps();
  }

  /** When the media of a block begins; a block without audio is released then. */
  long start(long block) {
    return originMicros + Math.floorDiv(block * geometry.frames() * SECOND, geometry.fps());
  }

  /** When a block may be released whose audio is there. */
  long release(long block) {
    return start(block) - micros(options.lead());
  }

  /** When the audio of a block and its look-ahead is complete if it is spoken on the timeline. */
  long audioDue(long block) {
    return start(block + 1) + geometry.lookAheadFrames() * SECOND / geometry.fps();
  }

  /** When a block is released although its audio is not complete. */
  long underflow(long block) {
    return audioDue(block) + micros(options.grace());
  }

  /** When the frames of a block shall have left the engine. */
  long deadline(long block) {
    return audioDue(block) + micros(options.budget());
  }

  private static long micros(Duration duration) {
    return duration.toNanos() / 1000;
  }
}
