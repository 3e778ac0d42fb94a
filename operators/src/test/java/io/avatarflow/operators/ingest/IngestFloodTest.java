package io.avatarflow.operators.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.operators.stage.Origin;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.operators.stage.Turn;
import io.avatarflow.schemas.AudioChunk;
import io.avatarflow.schemas.Interrupt;
import io.avatarflow.schemas.SessionEvent;
import io.avatarflow.schemas.SessionEventType;
import io.avatarflow.schemas.SessionInput;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

/** Whatever is sent, ingest answers it and keeps no more than its limits. */
class IngestFloodTest {
  private static final int RATE = 16_000;
  private static final long OPEN = 1_000_000_000L;

  /** A handful of seats. */
  private static final class FewSeats implements SeatPolicy {
    private static final int SEATS = 8;

    private final Set<String> taken = ConcurrentHashMap.newKeySet();

    @Override
    public Optional<Refusal> admit(String sessionKey) {
      if (taken.size() < SEATS || taken.contains(sessionKey)) {
        taken.add(sessionKey);
        return Optional.empty();
      }
      return Optional.of(new Refusal("no-seat", "All seats are taken.", Duration.ofSeconds(1)));
    }

    @Override
    public void ended(String sessionKey) {
      taken.remove(sessionKey);
    }
  }

  private static IngestHarness realtime(SeatPolicy seats) {
    return new IngestHarness(
        IngestHarness.manifest(),
        IngestOptions.DEFAULT.with(PacingOptions.ASAP.realtime()),
        seats,
        QualityLadder.FULL);
  }

  @Test
  void tenThousandOpeningsAreAnsweredAndTheRefusedLeaveNothing() {
    IngestStage stage = realtime(new FewSeats()).stage();
    int started = 0;
    for (int i = 0; i < 10_000; i++) {
      String key = "tenant/session-" + i;
      SessionInput open = new SessionInput(key, 0L, IngestHarness.open());
      Origin origin = new Origin("avatar.input", 0, i, OPEN + i * 100L);
      Turn<IngestState> turn =
          new Turn<>(null, new SessionRecord.Input(key, open, origin), IngestState.INITIAL, null);
      stage.step(List.of(turn));

      List<SessionEventType> answers = new ArrayList<>();
      for (SessionEvent event : IngestHarness.events(turn.outputs())) {
        answers.add(event.getType());
      }
      if (answers.contains(SessionEventType.OPENED)) {
        started++;
      } else {
        assertThat(answers).containsExactly(SessionEventType.REFUSED);
        assertThat(turn.newState()).isEqualTo(IngestState.INITIAL);
      }
    }
    assertThat(started).isEqualTo(FewSeats.SEATS);
  }

  @Test
  void tenThousandOpeningsOfOneSessionAreOneSession() {
    IngestHarness ingest = realtime(SeatPolicy.UNLIMITED);
    for (int i = 0; i < 10_000; i++) {
      ingest.sendAt(OPEN, IngestHarness.open());
    }
    assertThat(ingest.all()).filteredOn(SessionRecord.Start.class::isInstance).hasSize(1);
    assertThat(IngestHarness.rejects(ingest.all())).hasSize(9_999);
  }

  /** In order, backwards, and in order behind a gap. */
  @Test
  void singleSamplesFillTheBufferAndNoMore() {
    for (int way = 0; way < 3; way++) {
      IngestStage stage = realtime(SeatPolicy.UNLIMITED).stage();
      IngestState state = step(stage, IngestState.INITIAL, 0, IngestHarness.open());
      int most = 20 * RATE;
      for (int i = 0; i < most; i += 8) {
        int at = way == 0 ? i / 8 : way == 1 ? most - 1 - i / 8 : 8000 + i / 8;
        state =
            step(stage, state, i + 1, IngestHarness.chunk(0, at, RATE, new float[] {0.5f}, false));
      }
      assertThat(state.buffer().islands().size()).isLessThan(2 * most / 4096 + 2);
      assertThat(state.buffer().end()).isLessThanOrEqualTo(most);
    }
  }

  private static IngestState step(IngestStage stage, IngestState state, long offset, Object body) {
    SessionInput input = new SessionInput(IngestHarness.KEY, 0L, body);
    Turn<IngestState> turn =
        new Turn<>(
            null,
            new SessionRecord.Input(
                IngestHarness.KEY, input, new Origin("avatar.input", 0, offset, OPEN)),
            state,
            null);
    stage.step(List.of(turn));
    return turn.newState();
  }

  @Test
  void audioFromAnHourAheadIsRejectedAndTheSessionLivesOn() {
    IngestHarness ingest = realtime(SeatPolicy.UNLIMITED);
    ingest.sendAt(OPEN, IngestHarness.open());
    IngestState before = ingest.state();
    for (int i = 0; i < 1000; i++) {
      ingest.sendAt(OPEN, hourAhead(2L * i, 1));
    }
    assertThat(IngestHarness.rejects(ingest.all())).hasSize(1000);
    assertThat(ingest.state().buffer()).isEqualTo(before.buffer());
    assertThat(IngestHarness.blocks(ingest.passTo(OPEN + 1_000_000))).hasSize(12);
  }

  @Test
  void audioThatGoesOnAnHourAheadFillsTheBufferAndNoMore() {
    IngestHarness ingest = realtime(SeatPolicy.UNLIMITED);
    ingest.sendAt(OPEN, IngestHarness.open());
    for (int i = 0; i < 60; i++) {
      ingest.sendAt(OPEN, hourAhead((long) i * RATE, RATE));
    }
    assertThat(IngestHarness.rejects(ingest.all())).hasSize(1 + 39);
    JitterBuffer buffer = ingest.state().buffer();
    assertThat(buffer.end() - buffer.head().start()).isLessThanOrEqualTo(20 * RATE);
    assertThat(IngestHarness.blocks(ingest.passTo(OPEN + 1_000_000))).hasSize(12);
  }

  private static AudioChunk hourAhead(long samples, int count) {
    return IngestHarness.chunk(0, 3600L * RATE + samples, RATE, IngestRecords.noise(count), false);
  }

  @Test
  void anEpochBeyondAllCountingIsRejectedInEveryGuise() {
    IngestHarness ingest = realtime(SeatPolicy.UNLIMITED);
    ingest.sendAt(OPEN, IngestHarness.open());
    ingest.sendAt(OPEN, new Interrupt(1L << 62));
    ingest.sendAt(OPEN, IngestHarness.chunk(1L << 62, 0, RATE, new float[] {0.5f}, false));

    assertThat(IngestHarness.rejects(ingest.all())).hasSize(2);
    assertThat(IngestHarness.events(ingest.all()))
        .filteredOn(event -> event.getReason().equals("bad-epoch"))
        .hasSize(2);
    assertThat(ingest.state().clock().epoch()).isZero();
  }
}
