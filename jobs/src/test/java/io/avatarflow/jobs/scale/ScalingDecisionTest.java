package io.avatarflow.jobs.scale;

import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.jobs.scale.ScalingDecision.Cell;
import io.avatarflow.jobs.scale.ScalingDecision.Seats;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ScalingDecisionTest {
  private static final Cell SLEEPING = new Cell("c", false, Optional.empty());

  @Test
  void theFirstSuspendedCellIsTurnedOnWhenSeatsRunLow() {
    assertThat(
            ScalingDecision.of(
                List.of(new Cell("d", false, Optional.empty()), SLEEPING, cell("a", 20, 4, 16)), 5))
        .contains(new ScalingDecision("c", true));
  }

  @Test
  void nothingHappensWhileACellStarts() {
    Cell starting = new Cell("b", true, Optional.empty());
    assertThat(ScalingDecision.of(List.of(cell("a", 20, 0, 20), starting, SLEEPING), 5)).isEmpty();
  }

  @Test
  void anEmptyCellIsTurnedOffOnlyWhenEnoughSeatsStay() {
    Cell empty = cell("b", 20, 20, 0);
    assertThat(ScalingDecision.of(List.of(cell("a", 20, 11, 9), empty), 5))
        .contains(new ScalingDecision("b", false));
    assertThat(ScalingDecision.of(List.of(cell("a", 20, 10, 10), empty), 5)).isEmpty();
  }

  @Test
  void aCellWithSessionsIsNeverTurnedOff() {
    assertThat(ScalingDecision.of(List.of(cell("a", 20, 19, 1), cell("b", 20, 19, 1)), 1))
        .isEmpty();
  }

  @Test
  void whatWasJustTurnedOffIsNotTurnedOnAgain() {
    Cell busy = cell("a", 20, 11, 9);
    assertThat(ScalingDecision.of(List.of(busy, SLEEPING), 5)).isEmpty();
  }

  private static Cell cell(String name, double total, double free, double sessions) {
    return new Cell(name, true, Optional.of(new Seats(total, free, sessions)));
  }
}
