package io.avatarflow.operators.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.FrameFlags;
import io.avatarflow.schemas.FrameTrace;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.StageTrace;
import io.avatarflow.schemas.Track;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.traces.Span;
import org.apache.flink.traces.SpanBuilder;
import org.junit.jupiter.api.Test;

class FrameSpansTest {
  private static final String KEY = "acme/one";
  private static final String PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

  private final List<Span> spans = new ArrayList<>();

  @Test
  void aBlockGivesOneSpanWithAChildForEveryStage() {
    FrameSpans all = spans(1);
    all.left(frame(Track.VIDEO, 7, 0));
    all.left(frame(Track.AUDIO, 7, 0));
    all.left(frame(Track.VIDEO, 7, 1));

    assertThat(spans).hasSize(1);
    Span span = spans.get(0);
    assertThat(span.getStartTsMillis()).isEqualTo(1_000);
    assertThat(span.getEndTsMillis()).isEqualTo(1_060);
    assertThat(span.getAttributes())
        .containsEntry("session", KEY)
        .containsEntry("block", 7L)
        .containsEntry("micros", 60_000L)
        .containsEntry("traceparent", PARENT);
    assertThat(span.getChildren()).extracting(Span::getName).containsExactly("motion", "denoise");
    assertThat(span.getChildren().get(1).getStartTsMillis()).isEqualTo(1_015);
    assertThat(span.getChildren().get(1).getEndTsMillis()).isEqualTo(1_055);
  }

  @Test
  void noSpanIsMadeUnlessAsked() {
    FrameSpans none = spans(0);
    IntStream.range(0, 50).forEach(block -> none.left(frame(Track.VIDEO, block, 0)));
    assertThat(spans).isEmpty();
  }

  @Test
  void theShareIsKeptAndTheChoiceIsTheSameAfterARestore() {
    assertThat(sampled(0.1)).hasSizeBetween(800, 1200).isEqualTo(sampled(0.1));
    assertThat(sampled(0.2)).containsAll(sampled(0.1));
  }

  private static List<Integer> sampled(double share) {
    return IntStream.range(0, 10_000)
        .filter(block -> FrameSpans.samples(KEY, block, share))
        .boxed()
        .toList();
  }

  private FrameSpans spans(double share) {
    return new FrameSpans(
        new UnregisteredMetricsGroup() {
          @Override
          public void addSpan(SpanBuilder builder) {
            spans.add(builder.build());
          }
        },
        share);
  }

  private static SessionRecord.Emission frame(Track track, long block, long index) {
    FrameTrace trace =
        new FrameTrace(
            1_000_000L,
            1_005_000L,
            1_060_000L,
            List.of(
                new StageTrace("motion", 2_000L, 8_000L, 0L),
                new StageTrace("denoise", 10_000L, 30_000L, 0L)));
    return new SessionRecord.Emission(
        new SessionOutput(
            KEY,
            0L,
            0,
            EncodedFrame.newBuilder()
                .setTrack(track)
                .setIndex(index)
                .setPts(0)
                .setDuration(3600)
                .setKeyFrame(true)
                .setPayload(ByteBuffer.wrap(new byte[] {1}))
                .setAudioFirstSample(0)
                .setAudioSampleCount(640)
                .setFlags(new FrameFlags())
                .setBlock(block)
                .setTrace(trace)
                .build()),
        PARENT);
  }
}
