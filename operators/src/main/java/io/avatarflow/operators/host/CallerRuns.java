package io.avatarflow.operators.host;

/**
 * Says when whoever has a step for an idle device shall run it itself.
 *
 * <p>To hand a step over and to get it back costs two thread switches, which is more than a short
 * step takes. While a device is mostly idle nothing would share a batch with the step either. Both
 * end as the device gets work: then steps are handed over, so that batches form and the caller
 * takes in what else comes. A long step is never worth it: nothing would interrupt a session
 * meanwhile.
 *
 * <p>The share of busy time is that of the recent past, older time weighing less. One thread at a
 * time; reads no clock.
 */
final class CallerRuns {
  /** Steps that take longer are handed over, microseconds. */
  static final double SHORT_MICROS = 2000;

  /**
   * A device that is busy for more of the time is handed all steps. Time of several threads adds
   * up: the caller is one.
   */
  static final double LIGHT = 0.3;

  private static final double RECENT_NANOS = 200e6;

  private double share;
  private long sinceNanos;

  /** The device, or a caller in its place, spent time in a step that ended now. */
  void ran(long nanos, long nowNanos) {
    share = share(nowNanos) + nanos / RECENT_NANOS;
    sinceNanos = nowNanos;
  }

  /**
   * True when the caller shall run a step.
   *
   * @param expectedMicros what the step is expected to take, NaN if that is not known
   */
  boolean suits(double expectedMicros, long nowNanos) {
    return expectedMicros <= SHORT_MICROS && share(nowNanos) < LIGHT;
  }

  private double share(long nowNanos) {
    return share * Math.exp((sinceNanos - nowNanos) / RECENT_NANOS);
  }
}
