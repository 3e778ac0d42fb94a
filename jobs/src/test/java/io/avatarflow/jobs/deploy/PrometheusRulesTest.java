package io.avatarflow.jobs.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.avatarflow.jobs.MetricsDashboard;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class PrometheusRulesTest {
  private static final Path RULES = Manifests.DOCKER.resolve("prometheus/rules.yaml");
  private static final Pattern SERIES = Pattern.compile("flink_\\w+");
  private static final Pattern RECORDED = Pattern.compile("avatarflow:[\\w:]+");

  @Test
  void rulesNameOnlyMetricsThatTheDashboardShows() throws Exception {
    Set<String> named = found(SERIES);
    assertThat(named).isNotEmpty();
    assertThat(MetricsDashboard.series())
        .as("every metric of the engine is on the dashboard, which is generated from their enum")
        .containsAll(named);
  }

  @Test
  void rulesUseOnlyIndicatorsThatAreRecorded() throws Exception {
    Set<String> recorded = new TreeSet<>();
    rules().findValues("record").forEach(name -> recorded.add(name.asText()));
    assertThat(recorded).isEqualTo(found(RECORDED));
  }

  @Test
  void everyAlertHasASeverityAndARunbookThatIsThere() throws Exception {
    int alerts = 0;
    for (JsonNode rule : rules().at("/groups/0/rules")) {
      if (!rule.has("alert")) {
        continue;
      }
      alerts++;
      assertThat(rule.at("/labels/severity").asText()).isIn("page", "ticket");
      assertThat(rule.at("/annotations/summary").asText()).contains("{{ $labels.cell }}");
      assertThat(Path.of("..").resolve(rule.at("/annotations/runbook").asText())).isRegularFile();
    }
    assertThat(alerts).isPositive();
  }

  @Test
  void kubernetesHasTheSameRules() throws Exception {
    JsonNode rule = Manifests.documents(Manifests.K8S.resolve("base/rules.yaml")).get(0);
    assertThat(rule.at("/spec/groups")).isEqualTo(rules().get("groups"));
  }

  /** Prometheus' own tool; in Debian it is part of the package {@code prometheus}. */
  @Test
  void promtoolFindsTheRulesRightAndTheirTestsPass() throws Exception {
    boolean installed =
        Arrays.stream(System.getenv("PATH").split(":"))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, "promtool")));
    if (!installed) {
      System.out.println("promtool is not installed: the tests of the alerts were not run.");
    }
    assumeTrue(installed, "promtool is not installed; install the package prometheus.");
    assertThat(promtool("check", "rules", "rules.yaml")).contains("SUCCESS");
    assertThat(promtool("check", "config", "prometheus.yml")).contains("SUCCESS");
    assertThat(promtool("test", "rules", "rules-test.yaml")).contains("SUCCESS");
  }

  private static String promtool(String... arguments) throws Exception {
    List<String> command = new java.util.ArrayList<>(List.of("promtool"));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command)
            .directory(RULES.getParent().toFile())
            .redirectErrorStream(true)
            .start();
    String output =
        new String(
            process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }

  private static JsonNode rules() throws IOException {
    return Manifests.documents(RULES).get(0);
  }

  private static Set<String> found(Pattern pattern) throws IOException {
    return pattern
        .matcher(Files.readString(RULES))
        .results()
        .map(match -> match.group())
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
