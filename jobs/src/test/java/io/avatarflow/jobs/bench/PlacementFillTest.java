package io.avatarflow.jobs.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PlacementFillTest {
  @Test
  void mintedKeysFillNearlyAllSeatsWhereHashingAloneRefusesEarly() {
    double minted =
        IntStream.range(0, 10)
            .mapToDouble(s -> PlacementFill.minted(8, 30, 4, s).fill())
            .min()
            .orElseThrow();
    double hashed =
        IntStream.range(0, 10)
            .mapToDouble(s -> PlacementFill.hashed(8, 30, s).fill())
            .average()
            .orElseThrow();
    assertThat(minted).isGreaterThanOrEqualTo(0.97);
    assertThat(hashed).isBetween(0.4, 0.9);
  }
}
