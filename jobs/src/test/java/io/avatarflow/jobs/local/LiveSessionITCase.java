package io.avatarflow.jobs.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.jobs.client.SessionReader;
import io.avatarflow.jobs.client.SessionWriter;
import io.avatarflow.jobs.client.TestSpeech;
import io.avatarflow.schemas.AudioChunk;
import io.avatarflow.schemas.BlockFill;
import io.avatarflow.schemas.CloseMark;
import io.avatarflow.schemas.CloseMode;
import io.avatarflow.schemas.DecisionMark;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.FlushMark;
import io.avatarflow.schemas.Interrupt;
import io.avatarflow.schemas.KeyFrameRequest;
import io.avatarflow.schemas.RecordCodec;
import io.avatarflow.schemas.SessionClose;
import io.avatarflow.schemas.SessionKey;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.StreamMark;
import io.avatarflow.schemas.Topics;
import io.avatarflow.schemas.Track;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A live session through the whole graph by the clock; each step waits for what the last made. */
class LiveSessionITCase {
  private static final SessionKey KEY = new SessionKey("test", "live");
  private static final int FRAMES_PER_BLOCK = 2;
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private EmbeddedStack stack;
  private SessionWriter writer;
  private SessionReader<SessionOutput> reader;
  private final List<SessionOutput> outputs = new ArrayList<>();

  @BeforeEach
  void start() throws Exception {
    stack =
        EmbeddedStack.start(
            0, 1, List.of("--pack", "probe", "--start-from", "earliest", "--pacing", "realtime"));
    writer = new SessionWriter(stack.bootstrap(), Topics.DEFAULT.input(), 60);
    reader = new SessionReader<>(stack.bootstrap(), Topics.DEFAULT.frames(), RecordCodec.output());
  }

  @AfterEach
  void stop() throws Exception {
    writer.close();
    reader.close();
    stack.close();
  }

  @Test
  void aSessionThatListensSpeaksIsInterruptedAndRunsDryKeepsItsTimeline() throws Exception {
    send(session().get(0));
    await(output -> isIdle(output) && frame(output).getIndex() >= 8);

    speak(0, false);
    await(output -> isVideo(output) && !isIdle(output));
    await(output -> decision(output).getFill() == BlockFill.UNDERFLOW);

    send(new Interrupt(1L));
    await(output -> mark(output) instanceof FlushMark);
    await(output -> isIdle(output) && output.getEpoch() == 1);

    send(new KeyFrameRequest());
    speak(1, true);
    await(output -> isVideo(output) && !isIdle(output) && output.getEpoch() == 1);
    send(SessionClose.newBuilder().setMode(CloseMode.DRAIN).build());
    await(output -> mark(output) instanceof CloseMark);

    assertThatOnlyFlushedFramesAreMissing();
    assertThatBothTracksLieOnTheMediaTimeline();
  }

  private static List<Object> session() {
    return TestSpeech.session(KEY, "probe", 0.9);
  }

  private void send(Object body) {
    writer.send(KEY, body);
    writer.flush();
  }

  private void speak(long epoch, boolean end) {
    List<AudioChunk> chunks = new ArrayList<>();
    for (Object body : session()) {
      if (body instanceof AudioChunk chunk) {
        chunks.add(chunk);
      }
    }
    for (int i = 0; i < chunks.size(); i++) {
      boolean last = i == chunks.size() - 1;
      send(
          AudioChunk.newBuilder(chunks.get(i))
              .setEpoch(epoch)
              .setEndOfSegment(end && last)
              .build());
    }
  }

  /** Reads on until a record comes, or came, that fits. */
  private void await(Predicate<SessionOutput> condition) throws Exception {
    long end = System.nanoTime() + PATIENCE.toNanos();
    int seen = 0;
    while (true) {
      for (; seen < outputs.size(); seen++) {
        if (condition.test(outputs.get(seen))) {
          return;
        }
      }
      assertThat(stack.failure()).isEmpty();
      assertThat(System.nanoTime()).as("the awaited record comes").isLessThan(end);
      outputs.addAll(reader.poll(Duration.ofMillis(50)));
    }
  }

  private static boolean isVideo(SessionOutput output) {
    return output.getBody() instanceof EncodedFrame frame && frame.getTrack() == Track.VIDEO;
  }

  private static boolean isIdle(SessionOutput output) {
    return isVideo(output) && frame(output).getFlags().getIdle();
  }

  private static EncodedFrame frame(SessionOutput output) {
    return (EncodedFrame) output.getBody();
  }

  private static Object mark(SessionOutput output) {
    return output.getBody() instanceof StreamMark mark ? mark.getBody() : null;
  }

  /** A record's decision; of any other record, one that says nothing. */
  private static DecisionMark decision(SessionOutput output) {
    return mark(output) instanceof DecisionMark decision
        ? decision
        : new DecisionMark(-1L, 0L, 0, BlockFill.UNKNOWN, List.of(), 0, -1L);
  }

  private void assertThatOnlyFlushedFramesAreMissing() {
    Set<Long> indices = new HashSet<>();
    Map<Long, Long> epochOfBlock = new HashMap<>();
    long next = 0;
    for (SessionOutput output : outputs) {
      if (isVideo(output)) {
        assertThat(indices.add(frame(output).getIndex())).isTrue();
      } else if (mark(output) instanceof DecisionMark decision) {
        assertThat(decision.getBlock()).isEqualTo(next++);
        epochOfBlock.put(decision.getBlock(), output.getEpoch());
      } else if (mark(output) instanceof CloseMark close) {
        for (long index = 0; index < close.getVideoFrames(); index++) {
          boolean flushed = epochOfBlock.get(index / FRAMES_PER_BLOCK) == 0;
          assertThat(indices.contains(index) || flushed).as("frame %d", index).isTrue();
        }
        assertThat(close.getVideoFrames()).isGreaterThan((next - 1) * FRAMES_PER_BLOCK);
      }
    }
  }

  private void assertThatBothTracksLieOnTheMediaTimeline() {
    for (SessionOutput output : outputs) {
      if (output.getBody() instanceof EncodedFrame frame) {
        boolean video = frame.getTrack() == Track.VIDEO;
        assertThat(frame.getPts()).isEqualTo(frame.getIndex() * (video ? 3600 : 960));
        if (video) {
          assertThat(frame.getAudioFirstSample()).isEqualTo(frame.getIndex() * 640);
          assertThat(frame.getBlock()).isEqualTo(frame.getIndex() / FRAMES_PER_BLOCK);
        }
      }
    }
  }
}
