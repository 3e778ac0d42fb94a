package io.avatarflow.jobs.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrafficTest {
  @TempDir private Path folder;

  private Traffic read(String text) throws IOException {
    return Traffic.read(Files.writeString(folder.resolve("traffic.yaml"), text));
  }

  @Test
  void arrivalsTimesLengthAreTheSessionsAtTheSameTime() throws IOException {
    Traffic traffic =
        read(
            """
            speechShare: 0.4
            arrivalsPerHour: 600
            length: {minutes: {2: 0.5, 10: 0.5}}
            tenants: {acme: 0.7, globex: 0.3}
            """);
    assertThat(traffic.offered()).isEqualTo(60);
    assertThat(traffic.swings()).isTrue();
    assertThat(traffic.shares()).hasSize(2);
  }

  @Test
  void jsonIsReadToo() throws IOException {
    assertThat(read("{\"sessions\": 80, \"speechShare\": 1}").offered()).isEqualTo(80);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sessions: 80 | key \"speechShare\" is missing",
        "speechShare: 1 | give either sessions or arrivalsPerHour, not none",
        "speechShare: 1\nsessions: 5\narrivalsPerHour: 5 | not both",
        "speechShare: 1\nsessions: -5 | sessions is -5.0; give a number from 1 to 1000000",
        "speechShare: 1.2\nsessions: 5 | speechShare is 1.2; give a number from 0 to 1",
        "speechShare: .nan\nsessions: 5 | speechShare",
        "speechShare: 1\narrivalsPerHour: 5 | add length",
        "speechShare: 1\narrivalsPerHour: 5\nlength: {} | takes either meanMinutes or minutes",
        "speechShare: 1\narrivalsPerHour: 5\nlength: {minutes: {2: 0.4, 3: 0.4}} | add up to 0.8000",
        "speechShare: 1\narrivalsPerHour: 1e8\nlength: {meanMinutes: 1440} | that arrive and stay",
        "speechShare: 1\nsessions: 5\ntenants: {acme: 0.7} | shares of tenants add up to 0.7000",
        "speechShare: 1\nsessions: 5\ntenants: {a/b: 1} | tenant \"a/b\" is no tenant's name",
        "speechShare: 1\nsessions: 5\nsesions: 6 | key \"sesions\": unknown key",
        "speechShare: lots\nsessions: 5 | line 1, key \"speechShare\"",
        "speechShare: 1\nspeechShare: 1 | Duplicate field",
        "[1, 2 | traffic.yaml",
        " | it is empty",
      })
  void nonsenseIsToldInOneLine(String example) throws IOException {
    int bar = example.lastIndexOf(" | ");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(example.substring(0, bar) + "\n"))
        .withMessageContaining(example.substring(bar + 3))
        .withMessageStartingWith("Traffic file ")
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
  }

  @Test
  void aFileThatIsNotThereIsTold() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Traffic.read(folder.resolve("none.yaml")))
        .withMessageContaining("is not there");
  }
}
