package io.avatarflow.operators.ingest;

import java.time.Duration;

/**
 * As soon as possible: a block leaves when its data is complete, and only media tells time.
 *
 * <p>A gap counts as missing when so much media lies behind it, so the result depends on the order
 * of the records alone.
 *
 * @param reorderWindow how much media must lie behind a gap's end
 */
record AsapPacing(Duration reorderWindow) implements Pacing {
  @Override
  public long missingBefore(JitterBuffer buffer, int rate) {
    long window = IngestOptions.samples(reorderWindow, rate);
    long missing = buffer.frontier();
    for (AudioRun island : buffer.islands()) {
      if (buffer.end() - island.start() >= window) {
        missing = island.start();
      }
    }
    return missing;
  }
}
