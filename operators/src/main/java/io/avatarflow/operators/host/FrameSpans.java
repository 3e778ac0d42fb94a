package io.avatarflow.operators.host;

import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.FrameTrace;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.StageTrace;
import io.avatarflow.schemas.Track;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.traces.Span;
import org.apache.flink.traces.SpanBuilder;

/**
 * Spans of sampled blocks, by Flink's span reporters: one from the arrival of the last input to the
 * emission of the block's first frame, with a child for every stage.
 *
 * <p>Which blocks are sampled follows from session and block alone, so that a block made again
 * gives the same span. Flink's spans have milliseconds and no parent from outside; the exact
 * microseconds and the session's {@code traceparent} are attributes. Mailbox thread only.
 */
final class FrameSpans {
  /** Name of the span of a block. */
  static final String NAME = "frame";

  private final MetricGroup group;
  private final double share;
  private String lastKey = "";
  private long lastBlock = -1;

  /**
   * @param group where spans are reported
   * @param share of the blocks, 0 for none
   */
  FrameSpans(MetricGroup group, double share) {
    this.group = group;
    this.share = share;
  }

  /** Reports a span for the first video frame of a sampled block. */
  void left(SessionRecord.Emission emission) {
    SessionOutput output = emission.output();
    if (share == 0
        || !(output.getBody() instanceof EncodedFrame frame)
        || frame.getTrack() != Track.VIDEO
        || frame.getTrace().getStages().isEmpty()
        || isLast(output.getSessionKey(), frame.getBlock())
        || !samples(output.getSessionKey(), frame.getBlock(), share)) {
      return;
    }
    lastKey = output.getSessionKey();
    lastBlock = frame.getBlock();
    group.addSpan(span(output, frame, emission.traceparent()));
  }

  private boolean isLast(String key, long block) {
    return block == lastBlock && key.equals(lastKey);
  }

  /** A fixed choice: the mixed bits of both, read as a number below 1. */
  static boolean samples(String key, long block, double share) {
    // The finaliser of SplitMix64 (Steele, Lea, Flood 2014) spreads neighbouring blocks.
    long bits = key.hashCode() * 0x9e3779b97f4a7c15L + block;
    bits = (bits ^ (bits >>> 30)) * 0xbf58476d1ce4e5b9L;
    bits = (bits ^ (bits >>> 27)) * 0x94d049bb133111ebL;
    return ((bits ^ (bits >>> 31)) >>> 11) * 0x1p-53 < share;
  }

  private static SpanBuilder span(SessionOutput output, EncodedFrame frame, String traceparent) {
    FrameTrace trace = frame.getTrace();
    SpanBuilder span =
        Span.builder(FrameSpans.class, NAME)
            .setStartTsMillis(trace.getIngestMicros() / 1000)
            .setEndTsMillis(trace.getEmitMicros() / 1000)
            .setAttribute("session", output.getSessionKey())
            .setAttribute("epoch", output.getEpoch())
            .setAttribute("block", frame.getBlock())
            .setAttribute("rung", frame.getRung())
            .setAttribute("batchSize", frame.getBatchSize())
            .setAttribute("micros", trace.getEmitMicros() - trace.getIngestMicros());
    if (!traceparent.isEmpty()) {
      span.setAttribute("traceparent", traceparent);
    }
    long from = trace.getReleaseMicros();
    for (StageTrace stage : trace.getStages()) {
      long until = from + stage.getQueueMicros() + stage.getComputeMicros();
      span.addChild(
          Span.builder(FrameSpans.class, stage.getStage())
              .setStartTsMillis(from / 1000)
              .setEndTsMillis(until / 1000)
              .setAttribute("queueMicros", stage.getQueueMicros())
              .setAttribute("computeMicros", stage.getComputeMicros()));
      from = until;
    }
    return span;
  }
}
