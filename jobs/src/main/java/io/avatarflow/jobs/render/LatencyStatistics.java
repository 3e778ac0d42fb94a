package io.avatarflow.jobs.render;

import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.StageTrace;
import java.util.LinkedHashMap;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * Collects from the traces of frames where the time went.
 *
 * <p>{@link #latency} is release to emission of a block, {@link #engine} the same less what its
 * stages queued and computed: what the engine itself added. One value a block, microseconds inside,
 * milliseconds outside.
 */
final class LatencyStatistics {
  private static final long HIGHEST_MICROS = 3_600_000_000L;

  private final Histogram latency = histogram();
  private final Histogram engine = histogram();
  private final Map<String, Histogram> stages = new LinkedHashMap<>();
  private long lastBlock = -1;

  /** Adds a video frame; frames of a block already seen add nothing. */
  void add(EncodedFrame frame) {
    if (frame.getBlock() == lastBlock) {
      return;
    }
    lastBlock = frame.getBlock();
    long total = frame.getTrace().getEmitMicros() - frame.getTrace().getReleaseMicros();
    long accounted = 0;
    for (StageTrace stage : frame.getTrace().getStages()) {
      record(
          stages.computeIfAbsent(stage.getStage(), name -> histogram()), stage.getComputeMicros());
      accounted += stage.getQueueMicros() + stage.getComputeMicros();
    }
    record(latency, total);
    record(engine, total - accounted);
  }

  Percentiles latency() {
    return Percentiles.of(latency);
  }

  Percentiles engine() {
    return Percentiles.of(engine);
  }

  Map<String, Percentiles> stages() {
    Map<String, Percentiles> result = new LinkedHashMap<>();
    stages.forEach((name, histogram) -> result.put(name, Percentiles.of(histogram)));
    return result;
  }

  private static Histogram histogram() {
    return new Histogram(HIGHEST_MICROS, 3);
  }

  private static void record(Histogram histogram, long micros) {
    histogram.recordValue(Math.max(0, Math.min(HIGHEST_MICROS, micros)));
  }

  /** Percentiles in milliseconds. */
  record Percentiles(double p50, double p95, double p99) {
    static Percentiles of(Histogram micros) {
      return new Percentiles(
          micros.getValueAtPercentile(50) / 1000.0,
          micros.getValueAtPercentile(95) / 1000.0,
          micros.getValueAtPercentile(99) / 1000.0);
    }
  }
}
