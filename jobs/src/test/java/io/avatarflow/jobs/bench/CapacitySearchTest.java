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
}
