package io.avatarflow.operators.ingest;

import static io.avatarflow.operators.ingest.IngestRecords.BLOCK;
import static io.avatarflow.operators.ingest.IngestRecords.RATE;
import static io.avatarflow.operators.ingest.IngestRecords.chunk;
import static io.avatarflow.operators.ingest.IngestRecords.kinds;
import static io.avatarflow.operators.ingest.IngestRecords.onlyEvent;
import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.operators.stage.Origin;
import io.avatarflow.operators.stage.Placement;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.schemas.CloseMode;
import io.avatarflow.schemas.ParametersMark;
import io.avatarflow.schemas.SessionClose;
import io.avatarflow.schemas.SessionEventType;
import io.avatarflow.schemas.SessionInput;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How sessions open, close and expire in ingest, and where their turns run. */
class IngestStageTest {
  private IngestHarness ingest = new IngestHarness(IngestHarness.manifest(), IngestOptions.DEFAULT);

  @Test
  void openSendsStartEventAndParametersOfBlockZero() {
    List<SessionRecord> out = ingest.send(IngestHarness.open());
    assertThat(kinds(out)).containsExactly("Start", "Event", "ParametersMark");
    assertThat(onlyEvent(out).getType()).isEqualTo(SessionEventType.OPENED);
    ParametersMark mark = IngestHarness.marks(out, ParametersMark.class).get(0);
    assertThat(mark.getBlock()).isZero();
    assertThat(mark.getParameters().getSteps()).isEqualTo(4);
    assertThat(mark.getParameters().getTemporalWeight()).isEqualTo(0.7f);
  }

  @ParameterizedTest
  @CsvSource({"160,1", "640,1", "641,2", "1280,2", "1281,3", "12800,20", "12801,21"})
  void aClosedSessionHasTheFramesOfItsDuration(int samples, int frames) {
    ingest.send(IngestHarness.open());
    ingest.send(chunk(0, samples));
    List<SessionRecord> out = ingest.send(IngestHarness.drain());
    List<MediaBlock> blocks = IngestHarness.blocks(ingest.all());
    assertThat(blocks.stream().mapToInt(block -> block.audio().videoFrames()).sum())
        .isEqualTo(frames);
    assertThat(blocks.stream().mapToInt(block -> block.audio().playbackCount()).sum())
        .isEqualTo(3 * samples);
    assertThat(out.get(out.size() - 1))
        .isEqualTo(new SessionRecord.End(IngestHarness.KEY, "CLOSED"));
    assertThat(ingest.state()).isEqualTo(IngestState.INITIAL);
  }

  @Test
  void aSessionWithoutAudioClosesWithoutBlocks() {
    ingest.send(IngestHarness.open());
    assertThat(kinds(ingest.send(IngestHarness.drain()))).containsExactly("Event", "End");
  }

  @Test
  void closeNowDropsWhatIsNotReleasedAndWhatIsInFlight() {
    ingest.send(IngestHarness.open());
    ingest.send(chunk(0, 3 * BLOCK));
    List<SessionRecord> out = ingest.send(new SessionClose(CloseMode.NOW));
    assertThat(kinds(out)).containsExactly("Control", "FlushMark", "Event", "End");
    assertThat(out.get(0))
        .isEqualTo(
            new SessionRecord.Control(IngestHarness.KEY, SessionRecord.Control.Kind.INTERRUPT, 1));
  }

  @Test
  void theLongestDurationEndsTheSession() {
    IngestOptions aSecond =
        new IngestOptions(
            Duration.ofSeconds(20),
            Duration.ofSeconds(2),
            Duration.ofSeconds(2),
            Duration.ZERO,
            Duration.ofSeconds(1),
            PacingOptions.ASAP,
            true);
    ingest = new IngestHarness(IngestHarness.manifest(), aSecond);
    ingest.send(IngestHarness.open());
    ingest.send(chunk(0, RATE));
    List<SessionRecord> out = ingest.send(chunk(RATE, RATE));
    assertThat(IngestHarness.blocks(ingest.all())).hasSize(13);
    assertThat(out.get(out.size() - 1))
        .isEqualTo(new SessionRecord.End(IngestHarness.KEY, "MAX_DURATION"));
    assertThat(onlyEvent(out).getType()).isEqualTo(SessionEventType.EXPIRED);
    assertThat(ingest.state()).isEqualTo(IngestState.INITIAL);
  }

  @Test
  void anIdleSessionIsDrainedAndExpires() {
    ingest.send(IngestHarness.open());
    ingest.send(chunk(0, 100));
    long due = ingest.stage().wakeAtMicros(ingest.state()).orElseThrow();
    assertThat(due).isEqualTo(101_000 + 60_000_000);
    assertThat(ingest.tick(due - 1, false)).isEmpty();
    List<SessionRecord> out = ingest.tick(due, false);
    assertThat(kinds(out)).containsExactly("DecisionMark", "Block", "Event", "End");
    assertThat(onlyEvent(out).getReason()).isEqualTo("idle-timeout");
    assertThat(ingest.stage().wakeAtMicros(ingest.state())).isEmpty();
  }

  @Test
  void theEndOfABoundedInputDrainsTheSession() {
    ingest.send(IngestHarness.open());
    ingest.send(chunk(0, 100));
    List<SessionRecord> out = ingest.tick(Long.MAX_VALUE, true);
    assertThat(out.get(out.size() - 1))
        .isEqualTo(new SessionRecord.End(IngestHarness.KEY, "END_OF_INPUT"));
  }

  @Test
  void audioOfASessionThatNeverOpensIsForgotten() {
    ingest.send(chunk(0, 100));
    long due = ingest.stage().wakeAtMicros(ingest.state()).orElseThrow();
    assertThat(onlyEvent(ingest.tick(due, false)).getReason()).isEqualTo("never-opened");
    assertThat(ingest.state()).isEqualTo(IngestState.INITIAL);
  }

  @Test
  void aTickOfASessionThatIsGoneDoesNothing() {
    ingest.send(IngestHarness.open());
    ingest.send(IngestHarness.drain());
    assertThat(ingest.tick(Long.MAX_VALUE, false)).isEmpty();
    assertThat(ingest.tick(Long.MAX_VALUE, true)).isEmpty();
  }

  @Test
  void onlyOpeningRunsOnTheCpuPool() {
    assertThat(placementOf(IngestHarness.open())).isEqualTo(Placement.CPU_POOL);
    assertThat(placementOf(chunk(0, 1))).isEqualTo(Placement.TASK);
  }

  @Test
  void aRefusalDoesNotWaitForTheCpuPool() {
    SeatPool pool = SeatPool.of(1, Map.of("greedy", 0), System::nanoTime);
    SeatPool.Share seats = pool.share();
    IngestHarness full =
        new IngestHarness(
            IngestHarness.manifest(), IngestOptions.DEFAULT, seats, QualityLadder.FULL);
    assertThat(placementOf(full, IngestHarness.open())).isEqualTo(Placement.CPU_POOL);
    assertThat(seats.admit("tenant/other")).isEmpty();
    assertThat(placementOf(full, IngestHarness.open())).isEqualTo(Placement.TASK);
    assertThat(pool.refused()).isZero();
  }

  private Placement placementOf(Object body) {
    return placementOf(ingest, body);
  }

  private static Placement placementOf(IngestHarness harness, Object body) {
    return harness
        .stage()
        .placementOf(
            new SessionRecord.Input(
                IngestHarness.KEY,
                new SessionInput(IngestHarness.KEY, 0L, body),
                new Origin("t", 0, 0, 0)));
  }

  @Test
  void aSessionWithoutASeatIsRefusedWithAHintAndLeavesNothing() {
    SeatPolicy full =
        key ->
            Optional.of(
                new SeatPolicy.Refusal("no-seat", "All 8 seats are taken.", Duration.ofSeconds(2)));
    IngestHarness refused =
        new IngestHarness(
            IngestHarness.manifest(), IngestOptions.DEFAULT, full, QualityLadder.FULL);

    List<SessionRecord> out = refused.send(IngestHarness.open());

    assertThat(out).hasSize(1);
    assertThat(IngestHarness.events(out).get(0).getType()).isEqualTo(SessionEventType.REFUSED);
    assertThat(IngestHarness.events(out).get(0).getReason()).isEqualTo("no-seat");
    assertThat(IngestHarness.events(out).get(0).getDetail())
        .isEqualTo("All 8 seats are taken. Try again in 2000 ms.");
    assertThat(refused.state()).isEqualTo(IngestState.INITIAL);
  }
}
