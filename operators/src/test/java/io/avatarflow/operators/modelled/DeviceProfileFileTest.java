package io.avatarflow.operators.modelled;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeviceProfileFileTest {
  private static final String GOOD =
      """
      {"name": "n", "stages": [{"name": "s", "steps": 2, "idleSteps": 1, "rows": 1,
        "maxRows": 8, "latencyMillis": {"1": 2.0, "8": 9.0}}]}\
      """;

  @TempDir private Path folder;

  private DeviceProfile read(String json) throws IOException {
    return DeviceProfileFile.read(Files.writeString(folder.resolve("p.json"), json));
  }

  @Test
  void writtenProfileIsReadBack() throws IOException {
    Path file = folder.resolve("device.json");
    new DeviceProfileFile(
            "n", List.of(new DeviceProfileFile.Stage("s", 2, 1, 1, 8, Map.of(1, 2.0, 8, 9.0))))
        .write(file);
    for (DeviceProfile profile : List.of(DeviceProfileFile.read(file), read(GOOD))) {
      StageProfile stage = profile.stages().get(0);
      assertThat(profile.name()).isEqualTo("n");
      assertThat(stage.steps()).isEqualTo(2);
      assertThat(stage.idleSteps()).isEqualTo(1);
      assertThat(stage.latency().millis(8)).isEqualTo(9);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "steps": 2,     | "steps": -2,      | -2 steps
          "steps": 2,     | ''                | steps
          "rows": 1,      | "rows": 9,        | 9 rows of batches of 8
          "8": 9.0        | "8": -9.0         | -9.0 ms
          "8": 9.0        | "0": 9.0          | 0 rows
          "8": 9.0        | "8": "x"          | cannot be read
          "name": "n",    | "nome": "n",      | property 'name'
          {"1": 2.0, "8": 9.0} | {}           | 0 entries
          """)
  void nonsenseIsOneSentenceThatNamesTheFile(String from, String to, String said) {
    String json = GOOD.replace(from, to);
    assertThat(json).isNotEqualTo(GOOD);
    assertThatThrownBy(() -> read(json))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("p.json")
        .hasMessageContaining(said);
  }

  @Test
  void missingFileSaysHowToMeasureOne() {
    assertThatThrownBy(() -> DeviceProfileFile.read(folder.resolve("none.json")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("bench batching --profiles");
  }
}
