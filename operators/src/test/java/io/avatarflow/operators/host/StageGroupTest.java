package io.avatarflow.operators.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.avatarflow.operators.host.FakeStages.Chain;
import io.avatarflow.operators.host.FakeStages.Ledger;
import io.avatarflow.operators.stage.Placement;
import io.avatarflow.operators.stage.StateCodec;
import java.util.List;
import org.junit.jupiter.api.Test;

class StageGroupTest {
  @SuppressWarnings("unchecked")
  static StateCodec<Object> untyped(StateCodec<?> codec) {
    return (StateCodec<Object>) codec;
  }

  @Test
  void stagesOfAGroupHaveNamesOfTheirOwn() {
    Ledger ledger = new Ledger();
    assertThatThrownBy(
            () ->
                StageGroup.of(
                    List.of(
                        new Chain("same", Placement.TASK, 1, ledger),
                        new Chain("same", Placement.TASK, 1, ledger))))
        .hasMessageContaining("\"same\"");
  }

  @Test
  void groupIsNotEmpty() {
    assertThatThrownBy(() -> StageGroup.of(List.of())).hasMessageContaining("0 stages");
  }

  @Test
  void everyStageIsClosedThoughOneFails() {
    Ledger ledger = new Ledger();
    Chain first =
        new Chain("first", Placement.TASK, 1, ledger) {
          @Override
          public void close() {
            super.close();
            throw new IllegalStateException("Does not close.");
          }
        };
    Chain second = new Chain("second", Placement.TASK, 1, ledger);
    assertThatThrownBy(() -> StageGroup.of(List.of(first, second)).close())
        .hasMessage("Does not close.");
    assertThat(second.closed).hasValue(1);
  }
}
