package io.avatarflow.operators.batching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

class BatchCostsTest {
  private static final String KEY = "graph";
  private static final int MAX = 16;

  private final BatchCosts costs = new BatchCosts();
  private final Random random = new Random(7);

  private void run(int batches, IntToDoubleFunction micros) {
    for (int i = 0; i < batches; i++) {
      int rows = 1 + random.nextInt(costs.rows(KEY, MAX));
      costs.ran(KEY, rows, micros.applyAsDouble(rows) * (0.9 + 0.2 * random.nextDouble()));
    }
  }

  /** The usual answer; one in many explores. */
  private int usual() {
    int first = costs.rows(KEY, MAX);
    int second = costs.rows(KEY, MAX);
    return Math.min(first, second);
  }

  @Test
  void nothingKnownIsGreedy() {
    assertThat(costs.rows(KEY, MAX)).isEqualTo(MAX);
    costs.ran(KEY, 3, 5000);
    assertThat(costs.rows(KEY, MAX)).isEqualTo(MAX);
  }

  @Test
  void deviceThatSharesItsTimeGetsBatchesAsLargeAsTheyCome() {
    run(500, rows -> 9000 + 1150 * rows);
    assertThat(usual()).isEqualTo(MAX);
  }

  @Test
  void deviceThatComputesRowByRowGetsSmallBatches() {
    run(500, rows -> 4000 * rows);
    assertThat(usual()).isLessThanOrEqualTo(4);
  }

  @Test
  void stepsThatAreOverAtOnceAreNotHeldApart() {
    run(500, rows -> 20 * rows);
    assertThat(usual()).isEqualTo(MAX);
  }

  @Test
  void timeOfAKindThatNeverRanIsNotKnown() {
    costs.ran("another", 1, 5000);
    assertThat(costs.expectedMicros(KEY, 1)).isNaN();
  }

  @Test
  void timeIsExpectedFromTheBatchesThatRan() {
    for (int i = 0; i < 100; i++) {
      costs.ran(KEY, 2, 400);
    }
    assertThat(costs.expectedMicros(KEY, 2)).isEqualTo(400, within(1e-6));
    assertThat(costs.expectedMicros(KEY, 4)).isEqualTo(800, within(1e-6));
    run(500, rows -> 9000 + 1150 * rows);
    assertThat(costs.expectedMicros(KEY, 8)).isEqualTo(9000 + 1150 * 8, within(2000.0));
  }

  @Test
  void changedDeviceIsNoticed() {
    run(500, rows -> 4000 * rows);
    run(5000, rows -> 9000 + 1150 * rows);
    assertThat(usual()).isEqualTo(MAX);
  }

  @Test
  void pauseOfTheProcessDoesNotPassForThePriceOfABatch() {
    run(500, rows -> 9000 + 1150 * rows);
    costs.ran(KEY, 1, 5_000_000);
    costs.ran(KEY, MAX, 5_000_000);
    assertThat(usual()).isEqualTo(MAX);
  }

  @Test
  void kindsOfBatchesAreLearntApart() {
    run(500, rows -> 4000 * rows);
    assertThat(costs.rows("other", MAX)).isEqualTo(MAX);
  }
}
