package io.avatarflow.operators.ingest;

import static io.avatarflow.operators.ingest.IngestRecords.RATE;
import static io.avatarflow.operators.ingest.IngestRecords.assertRejected;
import static io.avatarflow.operators.ingest.IngestRecords.chunk;
import static io.avatarflow.operators.ingest.IngestRecords.ending;
import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.schemas.DecisionMark;
import io.avatarflow.schemas.SegmentEndMark;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A hole in the audio that is longer than what may wait does not make a session mute. */
class FarAudioTest {
  private static final long SECOND = 1_000_000;
  private static final long OPEN = SECOND;

  /** Samples of a chunk of 40 ms. */
  private static final int CHUNK = 640;

  private static final IngestOptions ASAP = IngestOptions.DEFAULT;
  private static final IngestOptions REALTIME =
      ASAP.with(Duration.ofSeconds(20), Duration.ZERO, Duration.ofDays(2))
          .with(PacingOptions.ASAP.realtime());

  private final IngestHarness live = new IngestHarness(IngestHarness.manifest(), REALTIME);
  private final IngestHarness asap = new IngestHarness(IngestHarness.manifest(), ASAP);

  /** Speech from a sample on that is spoken second for second from a time on. */
  private void speak(long firstSample, int seconds, long fromMicros) {
    for (int i = 0; i < seconds * 25; i++) {
      long arrives = fromMicros + (i + 1) * SECOND / 25;
      live.passTo(arrives);
      live.sendAt(arrives, chunk(firstSample + (long) i * CHUNK, CHUNK));
    }
  }

  private static long rejected(IngestHarness ingest) {
    return IngestHarness.rejects(ingest.all()).size();
  }

  private static long heard(List<SessionRecord> records) {
    return IngestHarness.blocks(records).stream().mapToLong(b -> b.audio().sampleCount()).sum();
  }

  private static long firstHeardBehind(IngestHarness ingest, long sample) {
    return IngestHarness.marks(ingest.all(), DecisionMark.class).stream()
        .filter(mark -> mark.getSampleCount() > 0 && mark.getFirstSample() > sample)
        .findFirst()
        .orElseThrow()
        .getFirstSample();
  }

  @Test
  void aProducerThatCountsHalfAMinuteOfSilenceLosesNothing() {
    live.sendAt(OPEN, IngestHarness.openLive());
    live.sendAt(OPEN + SECOND / 2, ending(0, RATE));
    speak(30 * RATE, 2, OPEN + 30 * SECOND);
    live.passTo(OPEN + 33 * SECOND);

    assertThat(rejected(live)).isZero();
    assertThat(firstHeardBehind(live, RATE)).isEqualTo(30 * RATE);
    assertThat(heard(live.all())).isEqualTo(3 * RATE);
  }

  @Test
  void aProducerThatWasNotReadForLongerThanTheBufferIsHeardAgain() {
    live.sendAt(OPEN, IngestHarness.openLive());
    long resumed = OPEN + 50 * SECOND;
    for (int i = 0; i < 50 * 25; i++) {
      live.sendAt(resumed, chunk((long) i * CHUNK, CHUNK));
    }
    assertThat(rejected(live)).isGreaterThan(25 * 25);
    speak(50 * RATE, 25, resumed);
    long refused = rejected(live);
    long heard = heard(live.all());
    speak(75 * RATE, 20, resumed + 25 * SECOND);

    assertThat(rejected(live)).isEqualTo(refused);
    assertThat(heard(live.all()) - heard).isEqualTo(20 * RATE);
  }

  @Test
  void onePositionThatIsWrongChangesNothing() {
    live.sendAt(OPEN, IngestHarness.openLive());
    speak(0, 2, OPEN);
    live.passTo(OPEN + 4 * SECOND);
    assertRejected(
        live.sendAt(OPEN + 4 * SECOND, chunk(90L * RATE, CHUNK)), "too-far-ahead", "20000 ms");
    speak(2 * RATE, 2, OPEN + 4 * SECOND);
    live.passTo(OPEN + 8 * SECOND);

    assertThat(rejected(live)).isEqualTo(1);
    assertThat(heard(live.all())).isEqualTo(4 * RATE);
  }

  @Test
  void whatGoesOnFromRefusedAudioIsHeard() {
    live.sendAt(OPEN, IngestHarness.openLive());
    speak(0, 2, OPEN);
    live.passTo(OPEN + 4 * SECOND);
    speak(90 * RATE, 2, OPEN + 4 * SECOND);
    live.passTo(OPEN + 8 * SECOND);

    assertThat(rejected(live)).isEqualTo(1);
    assertThat(firstHeardBehind(live, 2 * RATE)).isEqualTo(90 * RATE + CHUNK);
    assertThat(heard(live.all())).isEqualTo(4 * RATE - CHUNK);
  }

  @Test
  void itDoesNotPushAsideWhatWaits() {
    live.sendAt(OPEN, IngestHarness.openLive());
    for (int i = 0; i < 5; i++) {
      live.sendAt(OPEN, chunk((long) i * RATE, RATE));
    }
    live.sendAt(OPEN, chunk(90 * RATE, CHUNK));
    live.sendAt(OPEN, chunk(90 * RATE + CHUNK, CHUNK));
    live.passTo(OPEN + 8 * SECOND);

    assertThat(rejected(live)).isEqualTo(2);
    assertThat(heard(live.all())).isEqualTo(5 * RATE);
  }

  @Test
  void noPositionBehindTheLongestSessionIsBelieved() {
    live.sendAt(OPEN, IngestHarness.openLive());
    for (long first : new long[] {3L * 24 * 3600 * RATE, 1L << 61, Long.MAX_VALUE - CHUNK}) {
      live.sendAt(OPEN + SECOND, chunk(first, CHUNK));
      live.sendAt(OPEN + SECOND, chunk(first + CHUNK, CHUNK));
    }
    assertThat(rejected(live)).isEqualTo(6);
  }

  @Test
  void anEndOfSpeechAloneIsNotBelieved() {
    live.sendAt(OPEN, IngestHarness.openLive());
    live.sendAt(OPEN, ending(90 * RATE, 0));
    live.sendAt(OPEN, ending(90 * RATE, 0));
    assertThat(rejected(live)).isEqualTo(2);
  }

  @Test
  void anEpochThatBeginsFarAheadBeginsWithItsSecondChunk() {
    live.sendAt(OPEN, IngestHarness.openLive());
    speak(0, 2, OPEN);
    live.sendAt(
        OPEN + 2 * SECOND, IngestHarness.chunk(1, 60 * RATE, RATE, new float[CHUNK], false));
    assertThat(live.state().clock().epoch()).isZero();
    live.sendAt(
        OPEN + 2 * SECOND,
        IngestHarness.chunk(1, 60 * RATE + CHUNK, RATE, new float[CHUNK], false));
    assertThat(live.state().clock().epoch()).isEqualTo(1);
    assertThat(rejected(live)).isEqualTo(1);
  }

  @Test
  void withoutAClockSpeechEndsAtTheHoleAndGoesOnBehindIt() {
    asap.send(IngestHarness.open());
    asap.send(chunk(0, RATE));
    for (int i = 0; i < 25; i++) {
      asap.send(chunk(30 * RATE + (long) i * CHUNK, CHUNK));
    }
    asap.send(IngestHarness.drain());

    assertThat(rejected(asap)).isEqualTo(1);
    assertThat(heard(asap.all())).isEqualTo(2 * RATE - CHUNK);
    assertThat(IngestHarness.marks(asap.all(), SegmentEndMark.class)).hasSize(1);
    assertThat(firstHeardBehind(asap, RATE)).isEqualTo(30 * RATE + CHUNK);
  }

  @Test
  void aHoleThatEndsASegmentTakesNoMemory() {
    asap.send(IngestHarness.open());
    asap.send(chunk(0, RATE));
    long far = 3600L * RATE;
    asap.send(chunk(far, CHUNK));
    asap.send(ending(far + CHUNK, CHUNK));

    assertThat(heard(asap.all())).isEqualTo(RATE + CHUNK);
    assertThat(IngestHarness.marks(asap.all(), SegmentEndMark.class)).hasSize(2);
  }
}
