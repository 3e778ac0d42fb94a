package io.avatarflow.jobs.bench;

import io.avatarflow.operators.ingest.PacingOptions;
import io.avatarflow.operators.pack.PackManifest;

/**
 * The media clock of a live session as a viewer computes it: from the moment its producer opened it
 * and the pack's clock alone.
 *
 * @param blockMicros length of a block
 * @param lookAheadMicros audio that a block needs behind its own
 * @param budgetMicros how much later than its audio a block's frames may come
 * @param neededSamples samples at {@link BundledSpeech#RATE} from a block's first to the end of its
 *     look-ahead
 */
record LiveClock(long blockMicros, long lookAheadMicros, long budgetMicros, int neededSamples) {
  static LiveClock of(PackManifest manifest) {
    long frameMicros = 1_000_000L / manifest.clock().fps();
    long block = manifest.clock().framesPerBlock() * frameMicros;
    long lookAhead = manifest.audio().lookAheadFrames() * frameMicros;
    return new LiveClock(
        block,
        lookAhead,
        PacingOptions.ASAP.budget().toNanos() / 1000,
        (int) ((block + lookAhead) * BundledSpeech.RATE / 1_000_000));
  }

  /** When the last frame of a block is due at the viewer. */
  long deadline(long openedMicros, long block) {
    return openedMicros + (block + 1) * blockMicros + lookAheadMicros + budgetMicros;
  }

  /** How many blocks, from the first on, are due before a moment. */
  long dueBefore(long openedMicros, long micros) {
    // Deadlines are a block apart, so those before a moment are counted without naming each.
    return Math.max(0, -Math.floorDiv(deadline(openedMicros, 0) - micros, blockMicros));
  }
}
