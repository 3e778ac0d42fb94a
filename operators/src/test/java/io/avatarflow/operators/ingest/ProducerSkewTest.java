package io.avatarflow.operators.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.schemas.BlockFill;
import io.avatarflow.schemas.DecisionMark;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Minutes of a microphone that is never switched off: 1.6 s of speech, 0.8 s of silence. */
class ProducerSkewTest {
  private static final long OPEN = 1_000_000_000L;
  private static final int RATE = 16_000;
  private static final int CHUNK = 320;
  private static final int PERIOD = 2_400 * RATE / 1000;
  private static final int SPEECH = 1_600 * RATE / 1000;
  private static final int PERIODS = 100;

  private final IngestHarness ingest = realtime();

  private static IngestHarness realtime() {
    return new IngestHarness(
        IngestHarness.manifest(), IngestOptions.DEFAULT.with(PacingOptions.ASAP.realtime()));
  }

  private static float[] samples(long first) {
    float[] samples = new float[CHUNK];
    Arrays.fill(samples, first % PERIOD < SPEECH ? 0.25f : 0f);
    return samples;
  }

  /** Speaks with a clock that runs at a speed against ours. */
  private void speak(double speed) {
    ingest.sendAt(OPEN, IngestHarness.open());
    for (long first = 0; first < (long) PERIOD * PERIODS; first += CHUNK) {
      long arrives = OPEN + 10_000 + (long) ((first + CHUNK) * 1e6 / RATE / speed);
      ingest.passTo(arrives);
      ingest.sendAt(arrives, IngestHarness.chunk(0, first, RATE, samples(first), false));
    }
  }

  private List<MediaBlock> blocks() {
    return IngestHarness.blocks(ingest.all());
  }

  private List<DecisionMark> decisions() {
    return IngestHarness.marks(ingest.all(), DecisionMark.class);
  }

  /** Samples of speech that blocks hold. */
  private long spoken() {
    long loud = 0;
    for (MediaBlock block : blocks()) {
      for (int i = 0; i < block.audio().sampleCount(); i++) {
        loud += block.audio().features()[i] > 0.1f ? 1 : 0;
      }
    }
    return loud;
  }

  private long waitingMillis() {
    IngestState state = ingest.state();
    return (state.buffer().end()
            - new BlockCutter(BlockGeometry.of(IngestHarness.manifest()), RATE)
                .nextInput(state.clock()))
        * 1000
        / RATE;
  }

  @Test
  void aFastProducerLosesSilenceAndNoSpeech() {
    speak(1.015);

    assertThat(waitingMillis()).isLessThan(1000);
    long media = decisions().stream().mapToLong(DecisionMark::getSampleCount).sum();
    assertThat(media).isLessThan((long) PERIOD * PERIODS - 2L * RATE);
    assertThat(spoken()).isEqualTo((long) SPEECH * PERIODS);
  }

  @Test
  void aSlowProducerGetsMoreSilenceAndItsSpeechIsNotTorn() {
    speak(0.985);

    assertThat(spoken()).isEqualTo((long) SPEECH * PERIODS);
    assertThat(decisions())
        .noneMatch(d -> d.getFill() == BlockFill.UNDERFLOW && d.getSampleCount() > 0);
    List<MediaBlock> blocks = blocks();
    for (int k = 2; k < blocks.size(); k++) {
      if (blocks.get(k).flags().idle() && !blocks.get(k - 1).flags().idle()) {
        assertThat(blocks.get(k - 1).audio().features()[0]).as("before block %d", k).isZero();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.985, 1, 1.015})
  void whatWasLeftOutAndPutInIsLivedAgain(double speed) {
    speak(speed);
    List<DecisionMark> lived = decisions();

    IngestHarness again = realtime();
    again.follow(lived);
    again.sendAt(OPEN, IngestHarness.open());
    for (long first = 0; first < (long) PERIOD * PERIODS; first += CHUNK) {
      again.sendAt(OPEN, IngestHarness.chunk(0, first, RATE, samples(first), false));
    }

    assertThat(IngestHarness.marks(again.all(), DecisionMark.class)).startsWith(array(lived));
  }

  private static DecisionMark[] array(List<DecisionMark> marks) {
    return marks.toArray(DecisionMark[]::new);
  }

  @Test
  void speechThatIsSentInBurstsKeepsItsPauses() {
    ingest.sendAt(OPEN, IngestHarness.open());
    for (long first = 0; first < 6L * PERIOD; first += CHUNK) {
      ingest.sendAt(OPEN + first, IngestHarness.chunk(0, first, RATE, samples(first), false));
    }
    ingest.passTo(OPEN + 20_000_000);

    assertThat(decisions().stream().mapToLong(DecisionMark::getSampleCount).sum())
        .isEqualTo(6L * PERIOD);
  }
}
