package io.avatarflow.jobs.lanes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.IntStream;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LaneLayoutTest {
  private static final LaneLayout LAYOUT = new LaneLayout(60, 12);

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 6, 12})
  void aSessionIsReadByTheSubtaskThatOwnsItsState(int parallelism) {
    for (int i = 0; i < 500; i++) {
      String key = "tenant/session-" + i;
      assertThat(LAYOUT.owner(LAYOUT.partition(key), parallelism))
          .isEqualTo(KeyGroupRangeAssignment.assignKeyToParallelOperator(key, 60, parallelism));
    }
  }

  @Test
  void aParallelismThatCutsAPartitionIsRefused() {
    assertThatThrownBy(() -> LAYOUT.check(5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Parallelism 5 divides the key groups of partition 2 of 12");
  }

  @Test
  void aPartitionForEveryKeyGroupFitsAnyParallelism() {
    IntStream.rangeClosed(1, 60).forEach(new LaneLayout(60, 60)::check);
  }

  @Test
  void aPartitionThatWasAddedLaterIsRefused() {
    assertThatThrownBy(() -> LAYOUT.owner(12, 4)).hasMessageContaining("start the job again");
  }
}
