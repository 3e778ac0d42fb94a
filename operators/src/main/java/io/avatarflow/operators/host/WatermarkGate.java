package io.avatarflow.operators.host;

import java.util.ArrayDeque;
import java.util.Deque;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.util.function.ThrowingConsumer;

/**
 * Holds each watermark back until the records that came before it, and what was made of them, have
 * left the operator. Nothing in the graph decides by watermarks; they are only kept honest. Mailbox
 * thread only.
 */
final class WatermarkGate {
  private final ThrowingConsumer<Watermark, Exception> downstream;
  private final Deque<Span> spans = new ArrayDeque<>();

  WatermarkGate(ThrowingConsumer<Watermark, Exception> downstream) {
    this.downstream = downstream;
    spans.add(new Span());
  }

  /** The records between two watermarks. */
  static final class Span {
    private int inside;
    private Watermark end;
  }

  /** The span of a record that arrives now. */
  Span current() {
    return spans.getLast();
  }

  void enter(Span span) {
    span.inside++;
  }

  /** Lets go of a record, and of the decision that came with it. */
  void leave(SessionLane.Waiting waiting) throws Exception {
    if (waiting.decision() != null) {
      leave(waiting.decision());
    }
    leave(waiting.span());
  }

  private void leave(Span span) throws Exception {
    span.inside--;
    release();
  }

  void arrive(Watermark watermark) throws Exception {
    spans.getLast().end = watermark;
    spans.add(new Span());
    release();
  }

  private void release() throws Exception {
    while (spans.getFirst().inside == 0 && spans.getFirst().end != null) {
      downstream.accept(spans.removeFirst().end);
    }
  }
}
