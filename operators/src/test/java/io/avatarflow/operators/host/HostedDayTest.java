package io.avatarflow.operators.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.operators.codec.EncodeStage;
import io.avatarflow.operators.codec.TimelineStage;
import io.avatarflow.operators.ingest.IngestHarness;
import io.avatarflow.operators.ingest.IngestOptions;
import io.avatarflow.operators.ingest.PacingOptions;
import io.avatarflow.operators.stage.Origin;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.operators.stage.Stage;
import io.avatarflow.schemas.CloseMark;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.Interrupt;
import io.avatarflow.schemas.SessionInput;
import io.avatarflow.schemas.StreamMark;
import io.avatarflow.schemas.Track;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.runtime.tasks.TestProcessingTimeService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A day of one session in the operator that hosts ingest and the timeline of the encoders, by a
 * clock that jumps from one wake-up to the next: it speaks every ten minutes, now and then is
 * interrupted, and closes.
 */
class HostedDayTest {
  private static final long OPEN = 1_700_000_000_000L;
  private static final long DAY = Duration.ofDays(1).toMillis();
  private static final long SPEECH_EVERY = 601_234;
  private static final long SNAPSHOT_EVERY = Duration.ofMinutes(15).toMillis();
  private static final int RATE = 16_000;
  private static final int FRAMES = 16;
  private static final int SPEECH_RATE = 44_100;

  private final HandDrivenDevice device = new HandDrivenDevice();
  private final List<Long> stateSizes = new ArrayList<>();
  private HostHarness harness;
  private TestProcessingTimeService time;
  private long emptySize;
  private long offset;
  private long videoFrames;
  private long packets;
  private long videoEnd;
  private long audioEnd;
  private long worstDrift;
  private CloseMark close;

  @BeforeEach
  void openTheOperator() throws Exception {
    HostHarness.Setup setup =
        new HostHarness.Setup(HostedDayTest::stages, device.source(), new HostOptions(64, true));
    harness = HostHarness.openAt(OPEN, setup, 1, List.of());
    time = harness.subtask(0).getProcessingTimeService();
    emptySize = stateSize();
  }

  private static List<Stage<?>> stages() {
    IngestOptions options =
        IngestOptions.DEFAULT
            .with(Duration.ofSeconds(20), Duration.ZERO, Duration.ofDays(2))
            .with(PacingOptions.ASAP.realtime());
    return List.of(
        IngestHarness.stage(IngestHarness.manifest(RATE, FRAMES, 2), options),
        new TimelineStage(new EncodeStage.Format(25, FRAMES, 64, 64, RATE)));
  }

  @AfterEach
  void closeTheOperator() throws Exception {
    harness.close();
  }

  @Test
  void soundAndPicturesStayTogetherStateStaysAsItIsAndNothingIsLeft() throws Exception {
    input(OPEN, IngestHarness.open());
    long position = 0;
    long epoch = 0;
    int speeches = 0;
    for (long speech = SPEECH_EVERY; speech < DAY; speech += SPEECH_EVERY) {
      passTo(OPEN + speech);
      if (speeches++ % 5 == 4) {
        input(OPEN + speech, new Interrupt(++epoch));
        position = 0;
      }
      float[] samples = new float[SPEECH_RATE / 3];
      input(OPEN + speech, IngestHarness.chunk(epoch, position, SPEECH_RATE, samples, true));
      position += samples.length;
    }
    passTo(OPEN + DAY);
    long media = 86_400L * 25;
    assertThat(videoFrames).isBetween(media, media + FRAMES);
    input(OPEN + DAY, IngestHarness.drain());
    passTo(OPEN + DAY + 10_000);

    assertThat(worstDrift).as("samples between sound and pictures").isZero();
    assertThat(packets).isEqualTo(2 * videoFrames);
    assertThat(close.getVideoFrames()).isEqualTo(videoFrames);
    assertThat(close.getAudioPackets()).isEqualTo(packets);
    assertThat(stateSizes).hasSize(24 * 4).allMatch(size -> size > emptySize);
    assertThat(Collections.max(stateSizes.subList(4, stateSizes.size())))
        .as("state behind the first hour, against that of the first hour")
        .isLessThanOrEqualTo(Collections.max(stateSizes.subList(0, 4)));
    assertThat(harness.keyedStateEntries()).isZero();
    assertThat(time.getNumActiveTimers()).isZero();
    assertThat(stateSize()).isEqualTo(emptySize);
  }

  private void input(long millis, Object body) throws Exception {
    Origin origin = new Origin("avatar.input", 0, offset++, millis * 1000);
    SessionInput input = new SessionInput(IngestHarness.KEY, 0L, body);
    harness.send(new SessionRecord.Input(IngestHarness.KEY, input, origin));
    take();
  }

  private void passTo(long millis) throws Exception {
    for (OptionalLong next = nextMoment();
        next.isPresent() && next.getAsLong() <= millis;
        next = nextMoment()) {
      harness.moveTimeTo(next.getAsLong());
      take();
      if (stateSizes.size() < (next.getAsLong() - OPEN) / SNAPSHOT_EVERY) {
        stateSizes.add(stateSize());
      }
    }
    harness.moveTimeTo(millis);
    take();
  }

  private OptionalLong nextMoment() {
    return time.getActiveTimerTimestamps().stream().mapToLong(Long::longValue).min();
  }

  private long stateSize() throws Exception {
    return harness.snapshot(stateSizes.size() + 1).stream()
        .mapToLong(OperatorSubtaskState::getStateSize)
        .sum();
  }

  private void take() throws Exception {
    harness.drain(device);
    for (SessionRecord record : harness.outputs()) {
      if (record instanceof SessionRecord.Emission emission) {
        take(emission.output().getBody());
      }
    }
    harness.forgetOutputs();
  }

  private void take(Object body) {
    if (body instanceof EncodedFrame frame) {
      frame(frame);
    } else if (body instanceof StreamMark mark && mark.getBody() instanceof CloseMark closed) {
      close = closed;
    }
  }

  private void frame(EncodedFrame frame) {
    long end = frame.getAudioFirstSample() + frame.getAudioSampleCount();
    if (frame.getTrack() == Track.VIDEO) {
      if (frame.getIndex() != videoFrames) {
        throw new AssertionError(
            "Picture %d follows %d.".formatted(frame.getIndex(), videoFrames - 1));
      }
      videoFrames++;
      videoEnd = end;
      return;
    }
    if (frame.getIndex() != packets) {
      throw new AssertionError("Packet %d follows %d.".formatted(frame.getIndex(), packets - 1));
    }
    packets++;
    audioEnd = end;
    if (packets % (2 * FRAMES) == 0) {
      worstDrift = Math.max(worstDrift, Math.abs(audioEnd - videoEnd));
    }
  }
}
