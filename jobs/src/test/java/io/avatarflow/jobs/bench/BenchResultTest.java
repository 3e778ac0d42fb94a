package io.avatarflow.jobs.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchResultTest {
  @TempDir Path folder;

  @Test
  void theValueIsTheMedianOfTheRuns() {
    assertThat(BenchResult.Line.of("a.b", "ms", List.of(3.0, 1.0, 10.0)))
        .isEqualTo(new BenchResult.Line("a.b", 3.0, "ms", 1.0, 10.0, 3));
    assertThat(BenchResult.Line.of("a.b", "ms", List.of(4.0, 2.0)).value()).isEqualTo(3.0);
  }

  @Test
  void whatNothingWasMeasuredOfIsNoFigure() {
    ByteArrayOutputStream table = new ByteArrayOutputStream();
    new BenchResult(
            "live",
            "2 cores",
            "1.0",
            List.of(
                BenchResult.Line.of(
                    "a.b", "ms", List.of(LiveFigures.millis(new Histogram(100, 3), 95)))))
        .print(new PrintStream(table, true, StandardCharsets.UTF_8));

    assertThat(table.toString(StandardCharsets.UTF_8)).contains("nothing").doesNotContain("0.00");
  }

  @Test
  void theFileHasTheShapeThatScriptsRead() throws Exception {
    Path file = folder.resolve("bench.json");

    new BenchResult(
            "render", "2 cores", "1.0", List.of(BenchResult.Line.of("a.b", "ms", List.of(1.0))))
        .write(file);

    JsonNode json = new ObjectMapper().readTree(file.toFile());
    assertThat(json.fieldNames())
        .toIterable()
        .containsExactly("name", "machine", "versions", "results");
    assertThat(json.at("/results/0").fieldNames())
        .toIterable()
        .containsExactly("measure", "value", "unit", "min", "max", "runs");
  }
}
