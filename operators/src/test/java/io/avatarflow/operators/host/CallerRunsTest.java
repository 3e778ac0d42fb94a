package io.avatarflow.operators.host;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CallerRunsTest {
  private static final long MILLI = 1_000_000;
  private static final double SHORT = CallerRuns.SHORT_MICROS;

  /** Spends a share of a second in steps of a millisecond, and returns when the second is over. */
  private static long spend(CallerRuns callerRuns, double share) {
    long step = (long) (MILLI / share);
    long now = 0;
    while (now < 1000 * MILLI) {
      now += step;
      callerRuns.ran(MILLI, now);
    }
    return now;
  }

  @Test
  void shortStepsOfAnIdleDeviceAreTheCallers() {
    CallerRuns callerRuns = new CallerRuns();
    assertThat(callerRuns.suits(SHORT, 0)).isTrue();
    assertThat(callerRuns.suits(SHORT + 1, 0)).isFalse();
  }

  @Test
  void stepOfUnknownLengthIsTheDevices() {
    assertThat(new CallerRuns().suits(Double.NaN, 0)).isFalse();
  }

  @Test
  void busyDeviceGetsEveryStep() {
    CallerRuns callerRuns = new CallerRuns();
    assertThat(callerRuns.suits(100, spend(callerRuns, CallerRuns.LIGHT - 0.05))).isTrue();
    callerRuns = new CallerRuns();
    assertThat(callerRuns.suits(100, spend(callerRuns, CallerRuns.LIGHT + 0.05))).isFalse();
  }

  @Test
  void loadIsForgotten() {
    CallerRuns callerRuns = new CallerRuns();
    long now = spend(callerRuns, 0.9);
    assertThat(callerRuns.suits(100, now)).isFalse();
    assertThat(callerRuns.suits(100, now + 1000 * MILLI)).isTrue();
  }
}
