package io.avatarflow.operators.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.operators.stage.AvatarMetric;
import io.avatarflow.operators.stage.AvatarMetric.Kind;
import io.avatarflow.operators.stage.AvatarMetric.Scope;
import io.avatarflow.operators.stage.DeviceLoad;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.schemas.SessionEvent;
import io.avatarflow.schemas.SessionEventType;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.HistogramStatistics;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.SimpleCounter;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.junit.jupiter.api.Test;

class HostMetricsTest {
  private static final DeviceLoad LOAD = DeviceLoad.of("metrics-test");
  private static final long SECOND = 1_000_000_000L;

  private final Map<String, Object> registered = new HashMap<>();
  private final AtomicLong nanos = new AtomicLong();
  private final RecentHistogram histogram = new RecentHistogram(nanos::get);

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
  void anOperatorHasTheMetricsOfItsPlaceInTheGraph() {
    new HostMetrics(new Group(), List.of("denoise"), true, true, LOAD);
    assertThat(registered.keySet()).containsExactlyInAnyOrderElementsOf(names(metric -> true));
    registered.clear();
    new HostMetrics(new Group(), List.of("denoise"), false, false, LOAD);
    assertThat(registered.keySet())
        .containsExactlyInAnyOrderElementsOf(
            names(m -> m.scope() == Scope.OPERATOR || m.scope() == Scope.STAGE));
  }

  private static List<String> names(Predicate<AvatarMetric> condition) {
    return Arrays.stream(AvatarMetric.values())
        .filter(metric -> metric.kind() != Kind.GAUGE)
        .filter(condition)
        .map(AvatarMetric::metricName)
        .toList();
  }

  @Test
  void aTurnCountsWhatItCostAndWhetherItStalled() {
    HostMetrics metrics = new HostMetrics(new Group(), List.of("denoise"), false, false, LOAD);
    metrics.count(AvatarMetric.BLOCKS, 4);
    assertThat(counter("blocks")).isEqualTo(4);
    metrics.turn(0, new TurnTrace("denoise", 10, 20, 4, 50));
    assertThat(counter("stalls")).isZero();
    metrics.turn(0, new TurnTrace("denoise", 150_000, 60_000, 4, 50));
    assertThat(counter("stalls")).isEqualTo(1);
    assertThat(((Histogram) registered.get("computeMicros")).getCount()).isEqualTo(2);
    assertThat(((Histogram) registered.get("batchFillPercent")).getStatistics().getMax())
        .isEqualTo(50);
  }

  @Test
  void eventsOfAStageAreCountedByWhatTheySay() {
    HostMetrics metrics = new HostMetrics(new Group(), List.of("ingest"), true, false, LOAD);
    for (SessionEventType type : List.of(SessionEventType.REFUSED, SessionEventType.CLOSED)) {
      metrics.made(
          new SessionRecord.Event(
              SessionEvent.newBuilder()
                  .setSessionKey("acme/1")
                  .setAtSample(0)
                  .setType(type)
                  .build()));
    }
    assertThat(counter("refusedSessions")).isEqualTo(1);
    assertThat(counter("openedSessions")).isZero();
  }

  private long counter(String name) {
    return ((Counter) registered.get(name)).getCount();
  }

  @Test
  void everyMetricHasASentence() {
    assertThat(AvatarMetric.values())
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
  void valuesLeaveTheHistogramAfterThreeSlices() {
    histogram.update(100);
    nanos.set(11 * SECOND);
    histogram.update(200);
    nanos.set(29 * SECOND);
    assertThat(histogram.getStatistics().getMin()).isEqualTo(100);
    nanos.set(31 * SECOND);
    assertThat(histogram.getStatistics().getMin()).isEqualTo(200);
    nanos.set(90 * SECOND);
    assertThat(histogram.getStatistics().size()).isZero();
    assertThat(histogram.getStatistics().getMin()).isZero();
    assertThat(histogram.getCount()).isEqualTo(2);
  }

  @Test
  void valuesBeyondTheRangeCountAsItsEnds() {
    histogram.update(-5);
    histogram.update(Long.MAX_VALUE);
    assertThat(histogram.getStatistics().getMin()).isZero();
    assertThat(histogram.getStatistics().getMax()).isBetween(3_600_000_000L, 3_640_000_000L);
  }
}
