package io.avatarflow.jobs.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WarmUpTest {
  private static final long ROUND_NANOS = 1_000_000_000;

  private final List<String> told = new ArrayList<>();
  private long nanos;
  private long compiledMillis;
  private int rounds;

  /**
   * Plays rounds of a second, in each of which compilers work for the next of some milliseconds.
   */
  private void play(int fewest, int most, long... compiling) throws Exception {
    new WarmUp(fewest, most, () -> compiledMillis, () -> nanos)
        .play(
            "probe",
            told::add,
            () -> {
              compiledMillis += compiling[Math.min(rounds++, compiling.length - 1)];
              nanos += ROUND_NANOS;
            });
  }

  @Test
  void endsWithTheFirstRoundInWhichLittleIsCompiled() throws Exception {
    play(1, 10, 900, 400, 100, 900);
    assertThat(rounds).isEqualTo(3);
    assertThat(told).containsOnly("probe: warm-up");
  }

  @Test
  void playsTheFewestRoundsWhateverIsCompiled() throws Exception {
    play(3, 10, 0);
    assertThat(rounds).isEqualTo(3);
  }

  @Test
  void givesUpBehindTheMostAndSaysSo() throws Exception {
    play(1, 4, 500);
    assertThat(rounds).isEqualTo(4);
    assertThat(told.get(4)).contains("50 % of a core").contains("4 rounds");
  }

  @Test
  void aFixedNumberOfRoundsNeedsNoExcuse() throws Exception {
    play(1, 1, 500);
    assertThat(rounds).isEqualTo(1);
    assertThat(told).containsExactly("probe: warm-up");
  }
}
