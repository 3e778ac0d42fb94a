package io.avatarflow.operators.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.operators.stage.Origin;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.operators.stage.Turn;
import io.avatarflow.schemas.SessionInput;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A day of a session that is spoken to every few minutes, lived in moments. */
class VirtualDayTest {
  private static final long OPEN = 1_700_000_000_000_123L;
  private static final long DAY = 86_400_000_000L;
  private static final long SPEECH_EVERY = 601_234_567L;
  private static final IngestOptions OPTIONS =
      IngestOptions.DEFAULT
          .with(Duration.ofSeconds(20), Duration.ZERO, Duration.ofDays(2))
          .with(PacingOptions.ASAP.realtime());

  private final IngestStage stage =
      new IngestHarness(IngestHarness.manifest(16_000, 16, 2), OPTIONS).stage();
  private IngestState state = IngestState.INITIAL;
  private long offset;
  private long blocks;
  private long videoFrames;
  private long playbackSamples;
  private long spokenSamples;

  @Test
  void soundAndPicturesAreWhereTheClockIsToTheSample() {
    int rate = 44_100;
    input(OPEN, IngestHarness.open());
    long told = 0;
    long position = 0;
    for (long speech = SPEECH_EVERY; speech < DAY; speech += SPEECH_EVERY) {
      passTo(OPEN + speech);
      float[] samples = new float[rate / 3];
      input(OPEN + speech, IngestHarness.chunk(0, position, rate, samples, true));
      position += samples.length;
      told++;
    }
    passTo(OPEN + DAY);

    long media = 86_400L * 16_000;
    assertThat(blocks * 16 * 640).isBetween(media, media + 16 * 640);
    assertThat(videoFrames).isEqualTo(blocks * 16);
    assertThat(playbackSamples).isEqualTo(blocks * 16 * 1920);
    assertThat(spokenSamples).isEqualTo(told * -Math.floorDiv(-(rate / 3 * 16_000L), (long) rate));
    assertThat(state.pace().shiftMicros()).isZero();
  }

  private void passTo(long untilMicros) {
    for (long wake = wake(); wake <= untilMicros; wake = wake()) {
      run(new SessionRecord.Tick(IngestHarness.KEY, wake, false));
    }
  }

  private long wake() {
    return -Math.floorDiv(-stage.wakeAtMicros(state).getAsLong(), 1000L) * 1000;
  }

  private void input(long micros, Object body) {
    Origin origin = new Origin("avatar.input", 0, offset++, micros);
    SessionInput input = new SessionInput(IngestHarness.KEY, 0L, body);
    run(new SessionRecord.Input(IngestHarness.KEY, input, origin));
  }

  private void run(SessionRecord record) {
    Turn<IngestState> turn = new Turn<>(null, record, state, null);
    stage.step(List.of(turn));
    state = turn.newState();
    for (MediaBlock block : IngestHarness.blocks(turn.outputs())) {
      assertThat(block.index()).isEqualTo(blocks);
      assertThat(block.audio().firstSample()).isEqualTo(blocks * 16 * 640);
      blocks++;
      videoFrames += block.audio().videoFrames();
      playbackSamples += block.audio().playbackCount();
      spokenSamples += block.audio().sampleCount();
    }
  }
}
