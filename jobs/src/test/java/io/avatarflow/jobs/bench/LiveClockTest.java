package io.avatarflow.jobs.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LiveClockTest {
  @Test
  void blocksDueBeforeAMomentAreThoseWithAnEarlierDeadline() {
    LiveClock clock = new LiveClock(80, 20, 200, 0);
    for (long moment = 900; moment < 2000; moment++) {
      long count = 0;
      while (clock.deadline(1000, count) < moment) {
        count++;
      }
      assertThat(clock.dueBefore(1000, moment)).isEqualTo(count);
    }
  }
}
