package io.avatarflow.operators.host;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;

/**
 * The metrics of one operator: counters and gauges in {@code avatar}, histograms of each stage in
 * {@code avatar.stage.<name>}. No metric has a label of a session. Written by the mailbox thread.
 */
final class HostMetrics {
  private final MetricGroup group;
  private final Map<HostMetric, Counter> counters = new EnumMap<>(HostMetric.class);
  private final List<WindowedHistogram> queue = new ArrayList<>();
  private final List<WindowedHistogram> compute = new ArrayList<>();

  HostMetrics(MetricGroup group, List<String> stages) {
    this.group = group;
    for (String stage : stages) {
      MetricGroup stageGroup = group.addGroup("stage", stage);
      queue.add(histogram(stageGroup, HostMetric.QUEUE_MICROS));
      compute.add(histogram(stageGroup, HostMetric.COMPUTE_MICROS));
    }
    for (HostMetric metric :
        List.of(
            HostMetric.BLOCKS,
            HostMetric.SUPPRESSED_FRAMES,
            HostMetric.FAILED_SESSIONS,
            HostMetric.DROPPED_RECORDS)) {
      counters.put(metric, group.counter(metric.metricName()));
    }
  }

  private static WindowedHistogram histogram(MetricGroup group, HostMetric metric) {
    return group.histogram(metric.metricName(), new WindowedHistogram(System::nanoTime));
  }

  void gauge(HostMetric metric, IntSupplier value) {
    group.gauge(metric.metricName(), (Gauge<Integer>) value::getAsInt);
  }

  void count(HostMetric metric, long n) {
    counters.get(metric).inc(n);
  }

  void turn(int stage, TurnTrace trace) {
    queue.get(stage).update(trace.queueMicros());
    compute.get(stage).update(trace.computeMicros());
  }
}
