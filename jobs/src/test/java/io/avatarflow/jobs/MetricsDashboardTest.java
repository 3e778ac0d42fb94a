package io.avatarflow.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.operators.stage.AvatarMetric;
import java.nio.file.Path;
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
}
