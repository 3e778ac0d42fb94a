package io.avatarflow.jobs.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CapacitySearchTest {
  private final List<Integer> tried = new ArrayList<>();

  private double upTo(int carried, int sessions) {
    tried.add(sessions);
    return sessions <= carried ? 1 : 0.5;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 10, 39, 40, 41, 100})
  void theLargestNumberIsFoundToWithinATwentieth(int carried) throws Exception {
    int found = CapacitySearch.largest(sessions -> upTo(carried, sessions), 40);
    assertThat(found).isBetween((int) (carried * 0.95), carried);
    assertThat(tried).hasSizeLessThan(20);
  }

  @Test
  void oneHiccupDoesNotEndTheSearch() throws Exception {
    int found =
        CapacitySearch.largest(
            sessions -> {
              boolean again = tried.contains(sessions);
              double share = upTo(40, sessions);
              return again ? share : 0;
            },
            30);
    assertThat(found).isBetween(38, 40);
  }

  @Test
  void nobodyIsCarriedAsOne() throws Exception {
    assertThat(CapacitySearch.largest(sessions -> 0, 8)).isEqualTo(1);
  }

  @Test
  void aNumberThatDoesNotHoldIsLoweredUntilTheMedianHolds() throws Exception {
    CapacitySearch.Held held = CapacitySearch.holding(sessions -> upTo(70, sessions), 80, 3);
    assertThat(held.sessions()).isBetween(66, 70);
    assertThat(held.onTime()).containsExactly(1.0, 1.0, 1.0);
    assertThat(tried).hasSize(3 * 4).startsWith(80, 80, 80, 76);
  }

  @Test
  void whatNobodyHoldsIsOneWithTheShareThatWasSeen() throws Exception {
    CapacitySearch.Held held = CapacitySearch.holding(sessions -> 0.25, 3, 1);
    assertThat(held).isEqualTo(new CapacitySearch.Held(1, List.of(0.25)));
  }

  @Test
  void seatsKeepTheirReserveAndAreNeverNone() {
    assertThat(SeatTrials.less(78, 0.15)).isEqualTo(66);
    assertThat(SeatTrials.less(78, 0)).isEqualTo(78);
    assertThat(SeatTrials.less(1, 0.5)).isEqualTo(1);
  }
}
