package io.avatarflow.jobs.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TraceHeaderTest {
  private static final String VALID = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

  private final RecordHeaders headers = new RecordHeaders();

  @Test
  void whatIsWrittenIsRead() {
    TraceHeader.write(VALID, headers);
    assertThat(TraceHeader.read(headers)).isEqualTo(VALID);
  }

  @Test
  void noTraceIsNoHeader() {
    TraceHeader.write("", headers);
    assertThat(headers.toArray()).isEmpty();
    assertThat(TraceHeader.read(headers)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"
      })
  void whatIsNotWellFormedCountsAsNone(String value) {
    headers.add(TraceHeader.NAME, value.getBytes(StandardCharsets.US_ASCII));
    assertThat(TraceHeader.read(headers)).isEmpty();
  }

  @Test
  void aHeaderWithoutAValueCountsAsNone() {
    headers.add(TraceHeader.NAME, null);
    assertThat(TraceHeader.read(headers)).isEmpty();
  }
}
