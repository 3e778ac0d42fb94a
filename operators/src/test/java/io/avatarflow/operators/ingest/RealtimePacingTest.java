package io.avatarflow.operators.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.schemas.BlockFill;
import io.avatarflow.schemas.DecisionMark;
import io.avatarflow.schemas.FlushMark;
import io.avatarflow.schemas.IdlePolicy;
import io.avatarflow.schemas.Interrupt;
import io.avatarflow.schemas.SegmentEndMark;
import io.avatarflow.schemas.SessionEventType;
import io.avatarflow.schemas.SessionParameters;
import io.avatarflow.schemas.SessionUpdate;
import io.avatarflow.schemas.VideoCodec;
import io.avatarflow.schemas.VideoSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Blocks of 80 ms with 80 ms of look-ahead, lead 80 ms, grace 60 ms, budget 200 ms. */
class RealtimePacingTest {
  private static final long OPEN = 1_000_000_000L;
  private static final int RATE = 16_000;
  private static final long MS = 1000;

  private IngestHarness ingest;

  @BeforeEach
  void open() {
    ingest =
        new IngestHarness(
            IngestHarness.manifest(), IngestOptions.DEFAULT.with(PacingOptions.ASAP.realtime()));
    ingest.sendAt(OPEN, IngestHarness.open());
  }

  private static float[] speech(int millis) {
    float[] samples = new float[millis * RATE / 1000];
    Arrays.fill(samples, 0.25f);
    return samples;
  }

  /** Speech from an input sample on, in chunks of 20 ms, as it is spoken from a time on. */
  private void speak(long epoch, long firstMillis, int millis, long fromMicros, boolean end) {
    for (int at = 0; at < millis; at += 20) {
      long arrived = fromMicros + (at + 20) * MS;
      ingest.passTo(arrived);
      boolean last = end && at + 20 >= millis;
      ingest.sendAt(
          arrived,
          IngestHarness.chunk(epoch, (firstMillis + at) * RATE / 1000, RATE, speech(20), last));
    }
  }

  private List<MediaBlock> blocks() {
    return IngestHarness.blocks(ingest.all());
  }

  private List<DecisionMark> decisions() {
    return IngestHarness.marks(ingest.all(), DecisionMark.class);
  }

  private void assertThatIndicesHaveNoGap() {
    List<MediaBlock> blocks = blocks();
    for (int i = 0; i < blocks.size(); i++) {
      assertThat(blocks.get(i).index()).isEqualTo(i);
      assertThat(blocks.get(i).audio().firstSample()).isEqualTo(i * 1280L);
      assertThat(decisions().get(i).getBlock()).isEqualTo(i);
    }
  }

  @Test
  void anAvatarThatIsToldNothingLivesFromItsOpeningOn() {
    ingest.passTo(OPEN + 800 * MS);

    assertThat(blocks()).hasSize(11).allMatch(block -> block.flags().idle());
    for (int k = 0; k < 11; k++) {
      assertThat(blocks().get(k).ingestMicros()).isEqualTo(OPEN + 80L * k * MS);
      assertThat(blocks().get(k).deadlineMicros())
          .isEqualTo(OPEN + 80L * (k + 1) * MS + 80 * MS + 200 * MS);
    }
    assertThat(decisions()).allMatch(d -> d.getFill() == BlockFill.SEGMENT_END);
    assertThatIndicesHaveNoGap();
  }

  @Test
  void speechBehindSilenceAppearsWithinABlockAndItsLookAhead() {
    for (long began = OPEN + 1003 * MS; began < OPEN + 6000 * MS; began += 997 * MS) {
      open();
      speak(0, 0, 400, began, true);
      MediaBlock first = blocks().stream().filter(b -> !b.flags().idle()).findFirst().orElseThrow();
      long heard = began + 20 * MS;
      long mediaBegins = OPEN + first.index() * 80 * MS;
      assertThat(mediaBegins - heard).isBetween(0L, 80 * MS);
      assertThat(first.ingestMicros() - began).isLessThanOrEqualTo((80 + 80 + 20) * MS);
      assertThat(first.deadlineMicros() - first.ingestMicros()).isGreaterThanOrEqualTo(180 * MS);
    }
  }

  @Test
  void aBurstIsReleasedByTheClock() {
    for (int second = 0; second < 3; second++) {
      ingest.sendAt(
          OPEN + 10 * MS,
          IngestHarness.chunk(0, (long) second * RATE, RATE, speech(1000), second == 2));
    }
    ingest.passTo(OPEN + 4000 * MS);

    List<MediaBlock> spoken = blocks().stream().filter(b -> !b.flags().idle()).toList();
    assertThat(spoken).hasSize(38);
    for (MediaBlock block : spoken.subList(1, spoken.size())) {
      assertThat(block.ingestMicros()).isEqualTo(OPEN + (block.index() - 1) * 80 * MS);
    }
    assertThat(IngestHarness.marks(ingest.all(), SegmentEndMark.class)).hasSize(1);
    assertThatIndicesHaveNoGap();
  }

  @Test
  void audioThatComesWithinTheGraceIsNoUnderflow() {
    speak(0, 0, 400, OPEN + 10 * MS, false);
    speak(0, 400, 400, OPEN + (410 + 55) * MS, true);

    assertThat(decisions()).noneMatch(d -> d.getFill() == BlockFill.UNDERFLOW);
    assertThatIndicesHaveNoGap();
  }

  @Test
  void anUnderflowIsFilledAndTheRestOfTheSpeechFollowsWhole() {
    speak(0, 0, 400, OPEN + 10 * MS, false);
    ingest.passTo(OPEN + 1500 * MS);
    speak(0, 400, 400, OPEN + 1500 * MS, true);
    ingest.passTo(OPEN + 2500 * MS);

    assertThat(decisions()).anyMatch(d -> d.getFill() == BlockFill.UNDERFLOW);
    assertThat(decisions().stream().mapToLong(DecisionMark::getSampleCount).sum())
        .isEqualTo(800 * RATE / 1000);
    assertThat(IngestHarness.marks(ingest.all(), SegmentEndMark.class)).hasSize(1);
    assertThatIndicesHaveNoGap();
    DecisionMark last = decisions().get(decisions().size() - 1);
    assertThat(last.getFill()).isEqualTo(BlockFill.SEGMENT_END);
    assertThat(last.getSampleCount()).isZero();
  }

  @Test
  void anEndToldBehindAnUnderflowStillEndsTheSegment() {
    speak(0, 0, 400, OPEN + 10 * MS, false);
    ingest.passTo(OPEN + 1500 * MS);
    List<SessionRecord> out =
        ingest.sendAt(
            OPEN + 1500 * MS, IngestHarness.chunk(0, 400 * RATE / 1000, RATE, new float[0], true));

    assertThat(IngestHarness.marks(out, SegmentEndMark.class)).hasSize(1);
  }

  @Test
  void aLostChunkIsMadeUpWhenItsBlockCanWaitNoLonger() {
    speak(0, 0, 200, OPEN + 10 * MS, false);
    speak(0, 220, 380, OPEN + 230 * MS, true);
    ingest.passTo(OPEN + 1500 * MS);

    assertThat(IngestHarness.events(ingest.all()))
        .filteredOn(event -> event.getType() == SessionEventType.CONCEALED)
        .hasSize(1);
    assertThat(decisions()).noneMatch(d -> d.getFill() == BlockFill.UNDERFLOW);
    assertThat(decisions().stream().mapToLong(DecisionMark::getSampleCount).sum())
        .isEqualTo(600 * RATE / 1000);
  }

  @Test
  void aPauseOfTheProducerThatCountsSamplesIsNotLivedTwice() {
    speak(0, 0, 400, OPEN + 10 * MS, true);
    ingest.passTo(OPEN + 5000 * MS);
    long began = OPEN + 5010 * MS;
    speak(0, 5000, 400, began, true);

    List<MediaBlock> spoken = blocks().stream().filter(b -> !b.flags().idle()).toList();
    assertThat(spoken).hasSize(10).noneMatch(b -> b.flags().concealed());
    assertThat(OPEN + spoken.get(5).index() * 80 * MS - began).isBetween(0L, 80 * MS);
    assertThatIndicesHaveNoGap();
  }

  @Test
  void anInterruptMakesTheAvatarQuietAtOnceAndItLivesOn() {
    ingest.sendAt(OPEN, IngestHarness.chunk(0, 0, RATE, speech(1000), false));
    ingest.passTo(OPEN + 300 * MS);
    int before = blocks().size();
    List<SessionRecord> out = ingest.sendAt(OPEN + 305 * MS, new Interrupt(1L));
    ingest.passTo(OPEN + 1000 * MS);

    assertThat(IngestHarness.marks(out, FlushMark.class)).containsExactly(new FlushMark(1L));
    List<MediaBlock> after = blocks().subList(before, blocks().size());
    assertThat(after)
        .hasSizeGreaterThan(5)
        .allMatch(b -> b.flags().idle() && b.epoch() == 1 && b.audio().sampleCount() == 0);
    assertThatIndicesHaveNoGap();
  }

  @Test
  void parametersChangeFromTheNextBlockOn() {
    ingest.passTo(OPEN + 200 * MS);
    SessionParameters change = SessionParameters.newBuilder().setSteps(8).build();
    ingest.sendAt(OPEN + 210 * MS, new SessionUpdate(change));
    ingest.passTo(OPEN + 400 * MS);

    assertThat(blocks().stream().map(b -> b.parameters().steps()))
        .containsExactly(4, 4, 4, 8, 8, 8);
  }

  @Test
  void aSessionThatPausesStandsStillUntilItIsSpokenTo() {
    SessionParameters pause =
        SessionParameters.newBuilder().setIdlePolicy(IdlePolicy.PAUSE).build();
    ingest = newIngest();
    ingest.sendAt(
        OPEN, IngestHarness.open(pause, new VideoSettings(null, null, VideoCodec.H264, null)));
    ingest.passTo(OPEN + 10_000 * MS);
    assertThat(blocks()).isEmpty();

    speak(0, 0, 400, OPEN + 10_000 * MS, true);
    ingest.passTo(OPEN + 20_000 * MS);

    assertThat(blocks()).hasSize(5).noneMatch(b -> b.flags().idle());
    assertThat(decisions()).noneMatch(d -> d.getFill() == BlockFill.UNDERFLOW);
    assertThat(blocks()).allMatch(b -> b.deadlineMicros() >= b.ingestMicros() + 200 * MS);
  }

  private static IngestHarness newIngest() {
    return new IngestHarness(
        IngestHarness.manifest(), IngestOptions.DEFAULT.with(PacingOptions.ASAP.realtime()));
  }

  @Test
  void anOutageShiftsTheSessionAndNothingBecomesOverdue() {
    speak(0, 0, 400, OPEN + 10 * MS, false);
    int before = blocks().size();
    long back = OPEN + 30_000 * MS;
    ingest.tick(back, false);
    for (int i = 0; i < 50; i++) {
      ingest.sendAt(
          back + i,
          IngestHarness.chunk(0, (400 + 20 * i) * RATE / 1000, RATE, speech(20), i == 49));
    }
    ingest.passTo(back + 5_000 * MS);

    List<MediaBlock> after = blocks().subList(before, blocks().size());
    assertThat(after).allMatch(b -> b.deadlineMicros() >= b.ingestMicros() + 20 * MS);
    assertThat(decisions()).noneMatch(d -> d.getFill() == BlockFill.UNDERFLOW);
    assertThat(after.size()).isLessThan(5_000 / 80 + 8);
    assertThatIndicesHaveNoGap();
  }

  @Test
  void closingPlaysWhatIsThereByTheClockAndEndsWithTheAudio() {
    ingest.sendAt(OPEN + MS, IngestHarness.chunk(0, 0, RATE, speech(500), false));
    ingest.sendAt(OPEN + 2 * MS, IngestHarness.drain());
    assertThat(ingest.state()).isNotEqualTo(IngestState.INITIAL);
    ingest.passTo(OPEN + 2_000 * MS);

    assertThat(ingest.state()).isEqualTo(IngestState.INITIAL);
    List<MediaBlock> blocks = blocks();
    assertThat(blocks).hasSize(1 + 7);
    assertThat(blocks.get(7).audio().videoFrames()).isEqualTo(1);
    assertThat(blocks.get(7).ingestMicros()).isEqualTo(OPEN + 6 * 80 * MS);
    assertThat(ingest.all().get(ingest.all().size() - 1)).isInstanceOf(SessionRecord.End.class);
  }

  @Test
  void aSessionThatIsToldNothingExpires() {
    ingest.passTo(OPEN + 120_000 * MS);

    assertThat(ingest.state()).isEqualTo(IngestState.INITIAL);
    assertThat(blocks()).hasSize(60_000 / 80);
    assertThat(IngestHarness.events(ingest.all()))
        .anyMatch(event -> event.getType() == SessionEventType.EXPIRED);
  }

  @Test
  void afterARestoreNoSessionExpiresBeforeItsInputCouldCome() {
    ingest.stage().restored(List.of(IngestHarness.KEY), OPEN + 300_000 * MS);

    ingest.passTo(OPEN + 309_900 * MS);
    assertThat(ingest.state()).isNotEqualTo(IngestState.INITIAL);
    ingest.passTo(OPEN + 310_100 * MS);
    assertThat(ingest.state()).isEqualTo(IngestState.INITIAL);
  }

  @Test
  void aFullBufferIsToldAndMoreIsRejected() {
    List<SessionEventType> told = new ArrayList<>();
    for (int second = 0; second < 25; second++) {
      ingest.sendAt(
          OPEN + MS + second,
          IngestHarness.chunk(0, (long) second * RATE, RATE, speech(1000), second == 24));
    }
    ingest.passTo(OPEN + 30_000 * MS);
    IngestHarness.events(ingest.all()).forEach(event -> told.add(event.getType()));

    assertThat(IngestHarness.rejects(ingest.all())).hasSize(5);
    assertThat(told)
        .containsSubsequence(
            SessionEventType.BUFFER_HIGH,
            SessionEventType.REJECTED_INPUT,
            SessionEventType.BUFFER_LOW)
        .containsOnlyOnce(SessionEventType.BUFFER_HIGH, SessionEventType.BUFFER_LOW);
  }
}
