package io.avatarflow.operators.host;

import io.avatarflow.operators.stage.AvatarMetric;
import io.avatarflow.operators.stage.AvatarMetric.Kind;
import io.avatarflow.operators.stage.AvatarMetric.Scope;
import io.avatarflow.operators.stage.DeviceLoad;
import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.FrameTrace;
import io.avatarflow.schemas.RestoredMark;
import io.avatarflow.schemas.SessionEventType;
import io.avatarflow.schemas.StreamMark;
import io.avatarflow.schemas.Track;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;

/**
 * The metrics of one operator, registered as {@link AvatarMetric} says. Written by the mailbox
 * thread.
 */
final class HostMetrics {
  /** The threshold that the description of {@link AvatarMetric#STALLS} names. */
  private static final long STALL_MICROS = 200_000;

  private static final Map<SessionEventType, AvatarMetric> EVENTS =
      new EnumMap<>(
          Map.of(
              SessionEventType.OPENED, AvatarMetric.OPENED_SESSIONS,
              SessionEventType.REFUSED, AvatarMetric.REFUSED_SESSIONS,
              SessionEventType.EXPIRED, AvatarMetric.EXPIRED_SESSIONS,
              SessionEventType.REJECTED_INPUT, AvatarMetric.REJECTED_INPUT,
              SessionEventType.CONCEALED, AvatarMetric.CONCEALED_GAPS,
              SessionEventType.INTERRUPTED, AvatarMetric.INTERRUPTS,
              SessionEventType.BUFFER_HIGH, AvatarMetric.BUFFERS_HIGH,
              SessionEventType.DEGRADED, AvatarMetric.DEGRADATIONS,
              SessionEventType.RECOVERED, AvatarMetric.RECOVERIES));

  private final MetricGroup group;
  private final boolean endOfGraph;
  private final DeviceLoad load;
  private final Map<AvatarMetric, Counter> counters = new EnumMap<>(AvatarMetric.class);
  private final Map<AvatarMetric, RecentHistogram> histograms = new EnumMap<>(AvatarMetric.class);
  private final List<StageMetrics> stages = new ArrayList<>();

  private record StageMetrics(
      RecentHistogram queue,
      RecentHistogram compute,
      RecentHistogram batchSize,
      RecentHistogram batchFill,
      Counter stalls) {}

  /**
   * @param group the operator's group {@code avatar}
   * @param stages names of its stages
   * @param startOfGraph whether the operator takes input records
   * @param endOfGraph whether it emits frames
   * @param load told of the blocks that leave the graph, and of those that never will
   */
  HostMetrics(
      MetricGroup group,
      List<String> stages,
      boolean startOfGraph,
      boolean endOfGraph,
      DeviceLoad load) {
    this.group = group;
    this.endOfGraph = endOfGraph;
    this.load = load;
    for (String stage : stages) {
      MetricGroup own = group.addGroup("stage", stage);
      this.stages.add(
          new StageMetrics(
              histogram(own, AvatarMetric.QUEUE_MICROS),
              histogram(own, AvatarMetric.COMPUTE_MICROS),
              histogram(own, AvatarMetric.BATCH_SIZE),
              histogram(own, AvatarMetric.BATCH_FILL),
              own.counter(AvatarMetric.STALLS.metricName())));
    }
    Set<Scope> scopes = EnumSet.of(Scope.OPERATOR);
    if (startOfGraph) {
      scopes.add(Scope.START_OF_GRAPH);
    }
    if (endOfGraph) {
      scopes.add(Scope.END_OF_GRAPH);
    }
    for (Scope scope : scopes) {
      for (AvatarMetric metric : AvatarMetric.of(Kind.COUNTER, scope)) {
        counters.put(metric, group.counter(metric.metricName()));
      }
      for (AvatarMetric metric : AvatarMetric.of(Kind.HISTOGRAM, scope)) {
        histograms.put(metric, histogram(group, metric));
      }
    }
  }

  private static RecentHistogram histogram(MetricGroup group, AvatarMetric metric) {
    return group.histogram(metric.metricName(), new RecentHistogram(System::nanoTime));
  }

  void gauge(AvatarMetric metric, LongSupplier value) {
    group.gauge(metric.metricName(), (Gauge<Long>) value::getAsLong);
  }

  /** Counts; a metric that this operator does not have is left alone. */
  void count(AvatarMetric metric, long n) {
    Counter counter = counters.get(metric);
    if (counter != null) {
      counter.inc(n);
    }
  }

  private void value(AvatarMetric metric, long value) {
    RecentHistogram histogram = histograms.get(metric);
    if (histogram != null) {
      histogram.update(value);
    }
  }

  /** A record that the operator made: some events and marks count. */
  void made(SessionRecord record) {
    if (record instanceof SessionRecord.Event event) {
      AvatarMetric metric = EVENTS.get(event.event().getType());
      if (metric != null) {
        count(metric, 1);
      }
    } else if (record instanceof SessionRecord.Emission emission
        && emission.output().getBody() instanceof StreamMark mark
        && mark.getBody() instanceof RestoredMark restored) {
      count(AvatarMetric.RESTORED_SESSIONS, 1);
      value(AvatarMetric.RESTORE_GAP_MICROS, restored.getGapMicros());
    }
  }

  /** A turn that was given back. */
  void turn(int stage, TurnTrace trace) {
    StageMetrics own = stages.get(stage);
    own.queue.update(trace.queueMicros());
    own.compute.update(trace.computeMicros());
    own.batchSize.update(trace.batchSize());
    own.batchFill.update(trace.batchFillPercent());
    if (trace.queueMicros() + trace.computeMicros() > STALL_MICROS) {
      own.stalls.inc();
    }
  }

  /**
   * A record that a block gave; video frames are timed.
   *
   * @param block the block, of the epoch that is in force
   */
  void frame(MediaBlock block, SessionRecord record) {
    if (!(record instanceof SessionRecord.Emission emission)
        || !(emission.output().getBody() instanceof EncodedFrame frame)
        || frame.getTrack() != Track.VIDEO) {
      return;
    }
    FrameTrace trace = frame.getTrace();
    long lateness = trace.getEmitMicros() - block.deadlineMicros();
    count(lateness > 0 ? AvatarMetric.FRAMES_LATE : AvatarMetric.FRAMES_ON_TIME, 1);
    value(AvatarMetric.LATENESS_MICROS, Math.max(0, lateness));
    value(AvatarMetric.LATENCY_MICROS, trace.getEmitMicros() - trace.getReleaseMicros());
  }

  /** A session whose blocks will not be finished. */
  void lost(String sessionKey) {
    load.forget(sessionKey);
  }

  /** A block that the last stage has finished, and when, microseconds since the epoch. */
  void finished(MediaBlock block, long nowMicros) {
    if (endOfGraph) {
      load.finished(block.sessionKey(), block.deadlineMicros(), nowMicros);
    }
    value(AvatarMetric.RUNG, block.rung());
    count(AvatarMetric.IDLE_BLOCKS, block.flags().idle() ? 1 : 0);
    count(AvatarMetric.DEGRADED_BLOCKS, block.flags().degraded() ? 1 : 0);
  }
}
