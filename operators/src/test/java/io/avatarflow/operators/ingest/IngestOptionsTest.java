package io.avatarflow.operators.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class IngestOptionsTest {
  @Test
  void defaultsAreThoseOfTheContract() {
    assertThat(IngestOptions.DEFAULT)
        .isEqualTo(
            new IngestOptions(
                Duration.ofSeconds(20),
                Duration.ofSeconds(2),
                Duration.ofSeconds(2),
                Duration.ofSeconds(60),
                Duration.ofHours(4),
                new PacingOptions(
                    PacingOptions.Mode.ASAP,
                    Duration.ofMillis(80),
                    Duration.ofMillis(60),
                    Duration.ofMillis(200)),
                true));
  }

  @Test
  void aWindowLargerThanTheBufferIsRefused() {
    assertThatThrownBy(
            () ->
                new IngestOptions(
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(2),
                    Duration.ofSeconds(1),
                    Duration.ZERO,
                    Duration.ofHours(1),
                    PacingOptions.ASAP,
                    true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Reorder window is PT2S; give a duration in PT0S to PT1S.");
  }

  @Test
  void windowsShrinkWithTheBuffer() {
    IngestOptions small =
        IngestOptions.DEFAULT.with(Duration.ofSeconds(1), Duration.ZERO, Duration.ofHours(1));
    assertThat(small.reorderWindow()).isEqualTo(Duration.ofSeconds(1));
    assertThat(small.openWait()).isEqualTo(Duration.ofSeconds(1));
    assertThat(small.idleTimeout()).isZero();
  }
}
