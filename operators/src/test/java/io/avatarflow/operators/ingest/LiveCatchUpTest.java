package io.avatarflow.operators.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.schemas.BlockFill;
import io.avatarflow.schemas.DecisionMark;
import io.avatarflow.schemas.SkippedMark;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LiveCatchUpTest {
  private static final long OPEN = 1_000_000_000L;
  private static final int RATE = 16_000;
  private static final long MS = 1000;
  private static final long BLOCK = 80 * MS;

  private final List<Sent> sent = new ArrayList<>();
  private boolean swamped;
  private IngestHarness ingest;

  private record Sent(long arrivedMicros, Object body) {}

  @BeforeEach
  void open() {
    ingest = harness();
    send(OPEN, IngestHarness.openLive());
  }

  private IngestHarness harness() {
    QualityLadder ladder =
        new QualityLadder() {
          @Override
          public int rung(Ask ask) {
            return 0;
          }

          @Override
          public boolean isSwamped(long nowMicros) {
            return swamped;
          }
        };
    return new IngestHarness(
        IngestHarness.manifest(),
        IngestOptions.DEFAULT.with(PacingOptions.ASAP.realtime()),
        SeatPolicy.UNLIMITED,
        ladder);
  }

  private void send(long arrived, Object body) {
    sent.add(new Sent(arrived, body));
    ingest.sendAt(arrived, body);
  }

  /** Speech second for second from the opening on; what is spoken in a halt arrives behind it. */
  private void speak(int fromMillis, int toMillis, int haltFrom, int haltTo) {
    for (int at = fromMillis; at < toMillis; at += 20) {
      int spoken = at + 20;
      long arrived = OPEN + (spoken >= haltFrom && spoken < haltTo ? haltTo : spoken) * MS;
      if (spoken < haltFrom || spoken >= haltTo) {
        ingest.passTo(arrived);
      }
      say(at, arrived);
    }
  }

  private void say(int atMillis, long arrived) {
    float[] samples = new float[20 * RATE / 1000];
    Arrays.fill(samples, 0.25f);
    Object chunk = IngestHarness.chunk(0, (long) atMillis * RATE / 1000, RATE, samples, false);
    sent.add(new Sent(arrived, chunk));
    ingest.sendAt(arrived, OPEN + (atMillis + 20) * MS, chunk);
  }

  private List<MediaBlock> blocks() {
    return IngestHarness.blocks(ingest.all());
  }

  private List<DecisionMark> decisions() {
    return IngestHarness.marks(ingest.all(), DecisionMark.class);
  }

  private List<SkippedMark> skips() {
    return IngestHarness.marks(ingest.all(), SkippedMark.class);
  }

  private long skipped() {
    return skips().stream().mapToLong(mark -> mark.getToBlock() - mark.getFromBlock()).sum();
  }

  /** By how much the last block is later than it would have been without a halt. */
  private long lagOfTheLast() {
    MediaBlock last = blocks().get(blocks().size() - 1);
    return last.deadlineMicros() - (OPEN + (last.index() + 1) * BLOCK + 280 * MS);
  }

  private void assertThatIndicesAreWholeButForWhatWasSkipped() {
    long next = 0;
    List<SkippedMark> marks = new ArrayList<>(skips());
    for (MediaBlock block : blocks()) {
      if (block.index() != next) {
        assertThat(marks.remove(0)).isEqualTo(new SkippedMark(next, block.index()));
      }
      assertThat(block.audio().firstSample()).isEqualTo(block.index() * 1280);
      next = block.index() + 1;
    }
    assertThat(marks).isEmpty();
  }

  @Test
  void silenceOfAHaltIsSkipped() {
    ingest.passTo(OPEN + 400 * MS);
    ingest.tick(OPEN + 5_000 * MS, false);
    ingest.passTo(OPEN + 8_000 * MS);

    assertThat(skipped()).isGreaterThan(50);
    assertThat(lagOfTheLast()).isBetween(0L, BLOCK);
    assertThatIndicesAreWholeButForWhatWasSkipped();
  }

  @Test
  void aSessionRestoredRightBeforeASkipSkipsTheSameAgain() {
    ingest.passTo(OPEN + 400 * MS);
    IngestState checkpoint = ingest.state();
    int before = decisions().size();
    ingest.tick(OPEN + 5_000 * MS, false);
    List<DecisionMark> known = decisions().subList(before - 1, decisions().size());

    IngestHarness restored = harness();
    restored.resume(checkpoint, ingest.nextOffset());
    restored.follow(known);
    restored.passTo(OPEN + 9_000 * MS);

    assertThat(IngestHarness.marks(restored.all(), SkippedMark.class).get(0))
        .isEqualTo(skips().get(0));
    assertThat(IngestHarness.marks(restored.all(), DecisionMark.class))
        .startsWith(known.subList(1, known.size()).toArray(DecisionMark[]::new));
  }

  @Test
  void speechThatCameLateFromOneWhoSpeaksSecondForSecondIsSkipped() {
    speak(0, 12_000, 5_000, 8_000);

    assertThat(skipped()).isBetween(2_600 / 80L, 3_000 / 80L);
    assertThat(lagOfTheLast()).isBetween(0L, 400 * MS);
    assertThat(decisions()).noneMatch(d -> d.getFill() == BlockFill.UNDERFLOW);
    assertThatIndicesAreWholeButForWhatWasSkipped();
  }

  @Test
  void speechWhoseBeginningAlreadyCameLateIsSkippedByTheProducersClock() {
    speak(0, 12_000, 0, 2_500);
    ingest.tick(OPEN + 14_500 * MS, false);
    for (int at = 12_000; at < 18_000; at += 20) {
      if (at >= 14_500) {
        ingest.passTo(OPEN + (at + 20) * MS);
      }
      say(at, OPEN + Math.max(14_500, at + 20) * MS);
    }

    assertThat(skipped()).isGreaterThan(20);
    assertThat(lagOfTheLast()).isBetween(0L, 400 * MS);
  }

  @Test
  void speechThatIsSentInBurstsIsPlayedWhole() {
    for (int second = 0; second < 8; second++) {
      float[] samples = new float[RATE];
      Arrays.fill(samples, 0.25f);
      send(
          OPEN + 10 * MS, IngestHarness.chunk(0, (long) second * RATE, RATE, samples, second == 7));
    }
    ingest.passTo(OPEN + 1_000 * MS);
    ingest.tick(OPEN + 3_000 * MS, false);
    ingest.passTo(OPEN + 20_000 * MS);

    assertThat(decisions().stream().mapToLong(DecisionMark::getSampleCount).sum())
        .isEqualTo(8L * RATE);
    assertThat(skipped()).isPositive();
    assertThat(lagOfTheLast()).isBetween(0L, BLOCK);
    assertThatIndicesAreWholeButForWhatWasSkipped();
  }

  @Test
  void aRecordedSessionIsShiftedAndLosesNothing() {
    ingest = harness();
    ingest.sendAt(OPEN, IngestHarness.open());
    speak(0, 12_000, 5_000, 8_000);

    assertThat(skips()).isEmpty();
    assertThat(lagOfTheLast()).isGreaterThan(2_000 * MS);
    assertThatIndicesAreWholeButForWhatWasSkipped();
  }

  @Test
  void nothingIsReleasedToADeviceThatHasMoreThanItCanMake() {
    ingest.passTo(OPEN + 1_000 * MS);
    int before = blocks().size();
    swamped = true;
    ingest.passTo(OPEN + 3_000 * MS);
    assertThat(blocks()).hasSize(before);

    swamped = false;
    ingest.passTo(OPEN + 5_000 * MS);
    assertThat(lagOfTheLast()).isBetween(0L, BLOCK);
    assertThat(skipped()).isBetween(20L, 27L);
    assertThatIndicesAreWholeButForWhatWasSkipped();
  }

  @Test
  void decisionsThatDoNotGoOnFromWhatWasMadeAreNoSkip() {
    speak(0, 3_000, 0, 0);
    List<DecisionMark> decided = decisions();

    ingest = harness();
    ingest.follow(decided.subList(7, decided.size()));
    for (Sent record : sent) {
      ingest.sendAt(record.arrivedMicros(), record.body());
    }

    assertThat(skips()).isEmpty();
    assertThat(blocks().get(0).index()).isZero();
  }

  @Test
  void decisionsOfASessionThatSkippedGiveTheSameBlocksAndMarks() {
    speak(0, 9_000, 3_000, 5_000);
    ingest.tick(OPEN + 9_400 * MS, false);
    ingest.passTo(OPEN + 12_000 * MS);
    ingest.tick(OPEN + 15_000 * MS, false);
    ingest.passTo(OPEN + 16_000 * MS);
    List<MediaBlock> lived = blocks();
    List<DecisionMark> decided = decisions();
    List<SkippedMark> skipped = skips();
    assertThat(skipped).hasSizeGreaterThan(1);

    ingest = harness();
    ingest.follow(decided);
    for (Sent record : sent) {
      ingest.sendAt(OPEN + 3_600_000 * MS, record.body());
    }

    assertThat(decisions()).isEqualTo(decided);
    assertThat(skips()).isEqualTo(skipped);
    for (int i = 0; i < lived.size(); i++) {
      assertThat(blocks().get(i).audio().features()).isEqualTo(lived.get(i).audio().features());
      assertThat(blocks().get(i).audio().playback()).isEqualTo(lived.get(i).audio().playback());
    }
  }
}
