package io.avatarflow.jobs.render;

import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.StageTrace;
import java.util.LinkedHashMap;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * Collects from the traces of frames where the time went.
 *
 * <p>{@link #latency} is release to emission of a block. It is the sum of what the stages behind
 * ingest computed, of {@link #queue}, the time that it waited in them, and of {@link #engine}, what
 * handing over from operator to operator added. One value a block, microseconds inside,
 * milliseconds outside.
 */
final class LatencyStatistics {
  /** The stage that releases blocks: its time is over when their latency begins. */
  private static final String BEFORE_RELEASE = "ingest";

  private static final long HIGHEST_MICROS = 3_600_000_000L;

  private final Histogram latency = histogram();
  private final Histogram queue = histogram();
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
    long computed = 0;
    long queued = 0;
    for (StageTrace stage : frame.getTrace().getStages()) {
      record(
          stages.computeIfAbsent(stage.getStage(), name -> histogram()), stage.getComputeMicros());
      if (!stage.getStage().equals(BEFORE_RELEASE)) {
        computed += stage.getComputeMicros();
        queued += stage.getQueueMicros();
      }
    }
    record(latency, total);
    record(queue, queued);
    record(engine, total - computed - queued);
  }

  Percentiles latency() {
    return Percentiles.of(latency);
  }

  Percentiles queue() {
    return Percentiles.of(queue);
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
