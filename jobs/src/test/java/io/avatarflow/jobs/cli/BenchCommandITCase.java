package io.avatarflow.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The benchmarks in their quick form: that they measure something plausible, not how much. */
class BenchCommandITCase {
  @TempDir Path folder;

  @Test
  void overheadGivesARatioAndTheTwoThroughputsItComesFrom() throws Exception {
    Map<String, JsonNode> lines = run("overhead", "--pack", "probe", "--quick");

    double engine = median(lines, "overhead.probe_engine_fps");
    double loop = median(lines, "overhead.probe_loop_fps");
    assertThat(engine).isPositive();
    assertThat(loop).isPositive();
    assertThat(median(lines, "overhead.probe_ratio")).isBetween(1e-3, 1e3);
  }

  @Test
  void anImpossibleNumberOfRunsIsAUsageError() {
    assertThat(AvatarFlow.run("bench", "overhead", "--runs", "0")).isEqualTo(2);
    assertThat(AvatarFlow.run("bench", "overhead", "--sessions", "0")).isEqualTo(2);
  }

  /** Runs a benchmark and returns its lines by measure. */
  private Map<String, JsonNode> run(String... arguments) throws IOException {
    Path json = folder.resolve("bench.json");
    String[] all = new String[arguments.length + 3];
    all[0] = "bench";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    all[arguments.length + 1] = "--json";
    all[arguments.length + 2] = json.toString();

    assertThat(AvatarFlow.run(all)).isZero();

    JsonNode result = new ObjectMapper().readTree(json.toFile());
    assertThat(result.get("name").asText()).isNotBlank();
    assertThat(result.get("machine").asText()).contains("cores");
    assertThat(result.get("versions").asText()).contains("avatarflow");
    Map<String, JsonNode> lines = new HashMap<>();
    for (JsonNode line : result.get("results")) {
      assertThat(line.get("value").asDouble())
          .as(line.get("measure").asText())
          .isBetween(line.get("min").asDouble(), line.get("max").asDouble());
      assertThat(line.get("runs").asInt()).isPositive();
      lines.put(line.get("measure").asText(), line);
    }
    return lines;
  }

  private static double median(Map<String, JsonNode> lines, String measure) {
    assertThat(lines).containsKey(measure);
    return lines.get(measure).get("value").asDouble();
  }
}
