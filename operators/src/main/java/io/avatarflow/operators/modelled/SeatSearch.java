package io.avatarflow.operators.modelled;

import java.time.Duration;

/**
 * Finds how many sessions a device carries with a share of their blocks on time.
 *
 * @param profile the device
 * @param traffic the sessions; their number is what is searched
 * @param onTime the share of blocks that must be on time, for example 0.995
 * @param time virtual time of each trial
 */
public record SeatSearch(
    DeviceProfile profile, TrafficModel traffic, double onTime, Duration time) {
  private static final int MOST = 1 << 16;

  /** Most sessions that a discipline carries, 0 if not even one. */
  public int seats(Discipline discipline, long seed) {
    int carried = 0;
    int failed = 1;
    while (failed < MOST && carries(failed, discipline, seed)) {
      carried = failed;
      failed *= 2;
    }
    while (failed - carried > 1) {
      int middle = (carried + failed) >>> 1;
      if (carries(middle, discipline, seed)) {
        carried = middle;
      } else {
        failed = middle;
      }
    }
    return carried;
  }

  private boolean carries(int sessions, Discipline discipline, long seed) {
    return ModelledDevice.run(profile, traffic.of(sessions), discipline, seed, time).onTime()
        >= onTime;
  }
}
