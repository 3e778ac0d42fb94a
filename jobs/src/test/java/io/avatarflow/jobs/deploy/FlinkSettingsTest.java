package io.avatarflow.jobs.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.ExternalResourceOptions;
import org.apache.flink.configuration.HeartbeatManagerOptions;
import org.apache.flink.configuration.HighAvailabilityOptions;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.MetricOptions;
import org.apache.flink.configuration.NettyShuffleEnvironmentOptions;
import org.apache.flink.configuration.ResourceManagerOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.configuration.TraceOptions;
import org.apache.flink.metrics.otel.OpenTelemetryReporterOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Settings of Flink in the image and in the cells: they exist, agree, and are understood. */
class FlinkSettingsTest {
  private static final Pattern REPORTER = Pattern.compile("(metrics|traces)\\.reporter\\..+");
  private static final String EXTERNAL = "external-resource.";

  /** From the documentation of Flink's GPU driver, whose classes are a plugin of the image. */
  private static final Set<String> EXTERNAL_RESOURCE =
      Set.of(
          "external-resource.gpu.driver-factory.class",
          "external-resource.gpu.amount",
          "external-resource.gpu.kubernetes.config-key");

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "dev", "gpu", "tenant"})
  void settingsOfFlinkExistAndTheirValuesAreUnderstood(String overlay) throws Exception {
    List<JsonNode> resources = Manifests.overlay(overlay);
    Manifests.apply(Manifests.K8S.resolve("components/opentelemetry"), resources);
    Map<String, String> settings = new LinkedHashMap<>(Manifests.imageSettings());
    settings.putAll(
        Manifests.map(Manifests.one(resources, "FlinkDeployment").at("/spec/flinkConfiguration")));
    checkPlugins(settings);
    Map<String, ConfigOption<?>> known = flinkOptions();
    assertThat(known.keySet()).containsAll(settings.keySet());
    Configuration configuration = Configuration.fromMap(settings);
    settings
        .keySet()
        .forEach(key -> assertThat(configuration.getOptional(known.get(key))).isPresent());
  }

  /** Reporters and drivers have settings of their own, by the class that reads them. */
  private static void checkPlugins(Map<String, String> settings) throws ClassNotFoundException {
    for (String key : List.copyOf(settings.keySet())) {
      if (key.startsWith(EXTERNAL)) {
        assertThat(EXTERNAL_RESOURCE).contains(key);
        settings.remove(key);
      } else if (REPORTER.matcher(key).matches()) {
        String value = settings.remove(key);
        if (key.endsWith(".factory.class")) {
          assertThat(Class.forName(value)).isNotNull();
        } else {
          assertThat(key.replaceAll("^.*\\.otel\\.", ""))
              .isIn(
                  OpenTelemetryReporterOptions.EXPORTER_ENDPOINT.key(),
                  OpenTelemetryReporterOptions.SERVICE_NAME.key());
        }
      }
    }
  }

  @Test
  void kubernetesRunsWithTheSettingsOfTheImage() throws Exception {
    Map<String, String> image = Manifests.imageSettings();
    image.keySet().removeIf(key -> key.endsWith(".memory.process.size"));
    assertThat(Manifests.map(Manifests.deployment("cpu").at("/spec/flinkConfiguration")))
        .containsAllEntriesOf(image);
    assertThat(Manifests.deployment("cpu").at("/spec/taskManager/resource/memory").asText() + "b")
        .isEqualTo(
            Manifests.imageSettings().get("taskmanager.memory.process.size").replace(" ", ""));
    Properties logging = new Properties();
    logging.load(
        new StringReader(
            Manifests.deployment("cpu")
                .at("/spec/logConfiguration/log4j-console.properties")
                .asText()));
    assertThat(logging).isNotEmpty().isEqualTo(properties("conf/log4j-console.properties"));
  }

  private static Properties properties(String file) throws IOException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(Manifests.DOCKER.resolve(file))) {
      properties.load(reader);
    }
    return properties;
  }

  private static Map<String, ConfigOption<?>> flinkOptions() throws IllegalAccessException {
    Map<String, ConfigOption<?>> options = new HashMap<>();
    for (Class<?> type :
        List.of(
            CheckpointingOptions.class,
            CoreOptions.class,
            ExternalResourceOptions.class,
            HeartbeatManagerOptions.class,
            HighAvailabilityOptions.class,
            JobManagerOptions.class,
            MetricOptions.class,
            NettyShuffleEnvironmentOptions.class,
            ResourceManagerOptions.class,
            RestartStrategyOptions.class,
            StateBackendOptions.class,
            TaskManagerOptions.class,
            TraceOptions.class)) {
      for (Field field :
          Arrays.stream(type.getFields())
              .filter(f -> Modifier.isStatic(f.getModifiers()))
              .filter(f -> f.getType() == ConfigOption.class)
              .toList()) {
        ConfigOption<?> option = (ConfigOption<?>) field.get(null);
        options.put(option.key(), option);
      }
    }
    return options;
  }
}
