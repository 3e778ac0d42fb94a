package io.avatarflow.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.avatarflow.operators.stage.AvatarMetric;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MetricsDashboardTest {
  @Test
  void fileInTheRepositoryIsWhatTheMetricsSay() {
    assertThat(Path.of("../docker/grafana/dashboards/avatarflow.json"))
        .as(
            "write it anew with: java -cp 'jobs/target/lib/*' io.avatarflow.jobs.MetricsDashboard"
                + " docker/grafana/dashboards/avatarflow.json")
        .hasContent(MetricsDashboard.json());
  }

  @Test
  void everyMetricOfTheEngineIsShown() {
    assertThat(AvatarMetric.values())
        .allSatisfy(
            metric ->
                assertThat(MetricsDashboard.series())
                    .anyMatch(series -> series.endsWith("_" + metric.metricName())));
  }

  @Test
  void fiveRowsTellFromSessionsToCapacity() throws IOException {
    JsonNode board = new ObjectMapper().readTree(MetricsDashboard.json());
    List<String> rows = new ArrayList<>();
    for (JsonNode panel : board.get("panels")) {
      JsonNode place = panel.get("gridPos");
      assertThat(place.get("x").asInt() + place.get("w").asInt()).isLessThanOrEqualTo(24);
      if (panel.get("type").asText().equals("row")) {
        rows.add(panel.get("title").asText());
      }
    }
    assertThat(rows).containsExactly("Sessions", "Devices", "Pipeline", "Recovery", "Capacity");
  }
}
