package io.avatarflow.operators.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.HistogramStatistics;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.SimpleCounter;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.junit.jupiter.api.Test;

class HostMetricsTest {
  private static final long SECOND = 1_000_000_000L;

  private final Map<String, Object> registered = new HashMap<>();
  private final AtomicLong nanos = new AtomicLong();
  private final WindowedHistogram histogram = new WindowedHistogram(nanos::get);

  private final class Group extends UnregisteredMetricsGroup {
    @Override
    public <C extends Counter> C counter(String name, C counter) {
      registered.put(name, counter);
      return counter;
    }

    @Override
    public <T, G extends Gauge<T>> G gauge(String name, G gauge) {
      registered.put(name, gauge);
      return gauge;
    }

    @Override
    public <H extends Histogram> H histogram(String name, H metric) {
      registered.put(name, metric);
      return metric;
    }

    @Override
    public Counter counter(String name) {
      return counter(name, new SimpleCounter());
    }

    @Override
    public MetricGroup addGroup(String key, String value) {
      return this;
    }
  }

  @Test
  void everyMetricIsRegisteredUnderItsName() {
    HostMetrics metrics = new HostMetrics(new Group(), List.of("denoise"));
    metrics.gauge(HostMetric.SESSIONS, () -> 1);
    metrics.gauge(HostMetric.QUEUED, () -> 2);
    metrics.gauge(HostMetric.IN_FLIGHT, () -> 3);
    assertThat(registered.keySet())
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(HostMetric.values()).map(HostMetric::metricName).toList());
    metrics.count(HostMetric.BLOCKS, 4);
    assertThat(((Counter) registered.get("blocks")).getCount()).isEqualTo(4);
    metrics.turn(0, new TurnTrace("denoise", 10, 20, 1));
    assertThat(((Histogram) registered.get("computeMicros")).getCount()).isEqualTo(1);
  }

  @Test
  void everyMetricHasASentence() {
    assertThat(HostMetric.values())
        .allSatisfy(metric -> assertThat(metric.description()).matches("[A-Z].*\\."));
  }

  @Test
  void tailOfTheHistogramIsKept() {
    for (int i = 0; i < 999; i++) {
      histogram.update(100);
    }
    histogram.update(1_000_000);
    HistogramStatistics statistics = histogram.getStatistics();
    assertThat(statistics.getQuantile(0.5)).isBetween(99.0, 101.0);
    assertThat(statistics.getQuantile(0.9995)).isBetween(990_000.0, 1_010_000.0);
    assertThat(statistics.getMax()).isGreaterThanOrEqualTo(1_000_000);
    assertThat(statistics.getValues()).hasSize(2);
    assertThat(histogram.getCount()).isEqualTo(1000);
  }

  @Test
  void valuesLeaveTheHistogramAfterTwoWindows() {
    histogram.update(100);
    nanos.set(11 * SECOND);
    histogram.update(200);
    assertThat(histogram.getStatistics().getMin()).isEqualTo(100);
    nanos.set(22 * SECOND);
    assertThat(histogram.getStatistics().getMin()).isEqualTo(200);
    nanos.set(50 * SECOND);
    assertThat(histogram.getStatistics().size()).isZero();
    assertThat(histogram.getStatistics().getMin()).isZero();
  }
}
