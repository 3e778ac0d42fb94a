package io.avatarflow.jobs.bench;

import java.util.Map;
import java.util.OptionalDouble;

/**
 * What a soak was like at a moment.
 *
 * @param seconds since the load began
 * @param seen by the viewer so far
 * @param rejected input records that the engine refused so far
 * @param gauges those that were read
 */
public record SoakSample(
    double seconds, SoakViewer.Seen seen, long rejected, Map<SoakGauge, Double> gauges) {
  public SoakSample {
    gauges = Map.copyOf(gauges);
  }

  /** A gauge's value; empty where it was not read. */
  OptionalDouble value(SoakGauge gauge) {
    Double value = gauges.get(gauge);
    return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
  }
}
