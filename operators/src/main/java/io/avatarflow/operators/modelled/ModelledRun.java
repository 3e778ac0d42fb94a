package io.avatarflow.operators.modelled;

/**
 * What came of a modelled device's time.
 *
 * @param blocks that were due
 * @param late of them: finished after their deadline, not at all, or skipped
 * @param skipped of the late: those that found their session's buffer full
 * @param utilisation share of the time in which the device was busy
 * @param meanRows rows of a batch on average
 * @param peakQueue most blocks that were in the device's care at a time
 * @param p50Millis median time from release to last step, of finished blocks
 * @param p99Millis its 99th percentile
 */
public record ModelledRun(
    long blocks,
    long late,
    long skipped,
    double utilisation,
    double meanRows,
    int peakQueue,
    double p50Millis,
    double p99Millis) {
  /** Share of blocks on time, 1 when none was due. */
  public double onTime() {
    return blocks == 0 ? 1 : 1 - (double) late / blocks;
  }
}
