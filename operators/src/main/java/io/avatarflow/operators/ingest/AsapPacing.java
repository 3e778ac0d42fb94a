package io.avatarflow.operators.ingest;

import io.avatarflow.operators.stage.MediaBlock;
import java.time.Duration;
import java.util.OptionalLong;

/**
 * As soon as possible: a block leaves when its data is complete, and only media tells time.
 *
 * <p>A gap counts as missing when so much media lies behind it, so the result depends on the order
 * of the records alone. Nothing is made up for a gap that is longer than what may wait: audio goes
 * on behind it.
 *
 * @param reorderWindow how much media must lie behind a gap's end
 */
record AsapPacing(Duration reorderWindow) implements Pacing {
  @Override
  public void release(BlockRelease work) {
    SessionAudio audio = work.audio();
    if (audio.clock().rate() == 0) {
      return;
    }
    Duration longest = work.setup().options().maxBuffer();
    work.skipGap(longest);
    while (!audio.buffer().segmentEnds().isEmpty() && !work.isFull()) {
      long end = audio.buffer().segmentEnds().get(0);
      work.conceal(end);
      work.blocksUpTo(end, false);
      if (!work.endSegment()) {
        return;
      }
      work.skipGap(longest);
    }
    work.conceal(missingBefore(audio.buffer(), audio.clock().rate()));
    while (!work.isFull() && audio.isComplete()) {
      work.block(audio.buffer().frontier(), false);
    }
    if (work.pace().closing()) {
      work.conceal(audio.buffer().end());
      work.blocksUpTo(audio.buffer().frontier(), true);
    }
  }

  /** Where the gaps end that count as missing, at most the frontier for none. */
  private long missingBefore(JitterBuffer buffer, int rate) {
    long window = IngestOptions.samples(reorderWindow, rate);
    long missing = buffer.frontier();
    for (AudioRun island : buffer.islands()) {
      if (buffer.end() - island.start() >= window) {
        missing = island.start();
      }
    }
    return missing;
  }

  @Override
  public OptionalLong wakeAt(IngestSetup setup, IngestState state) {
    return OptionalLong.empty();
  }

  @Override
  public long deadline(IngestSetup setup, Pace pace, long block) {
    return MediaBlock.NO_DEADLINE;
  }

  @Override
  public boolean keepsTime() {
    return false;
  }
}
