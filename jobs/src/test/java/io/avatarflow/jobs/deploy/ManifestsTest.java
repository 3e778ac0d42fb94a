package io.avatarflow.jobs.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.avatarflow.jobs.AvatarJobArguments;
import io.avatarflow.jobs.AvatarJobOptions;
import io.avatarflow.jobs.lanes.LaneLayout;
import io.avatarflow.jobs.scale.CellScaler;
import io.avatarflow.operators.ingest.PacingOptions;
import io.avatarflow.schemas.RecordCodec;
import io.avatarflow.schemas.Topics;
import io.strimzi.api.kafka.model.topic.KafkaTopicSpec;
import io.strimzi.api.kafka.model.user.KafkaUserAuthorizationSimple;
import io.strimzi.api.kafka.model.user.KafkaUserSpec;
import io.strimzi.api.kafka.model.user.acl.AclRule;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringReader;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
import org.apache.flink.runtime.util.EnvironmentInformation;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.utils.AppInfoParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ManifestsTest {
  private static final Pattern REPORTER = Pattern.compile("(metrics|traces)\\.reporter\\..+");
  private static final String EXTERNAL = "external-resource.";

  /** From the documentation of Flink's GPU driver, whose classes are a plugin of the image. */
  private static final Set<String> EXTERNAL_RESOURCE =
      Set.of(
          "external-resource.gpu.driver-factory.class",
          "external-resource.gpu.amount",
          "external-resource.gpu.kubernetes.config-key");

  private static final Path OVERLAYS = Manifests.K8S.resolve("overlays");

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "dev", "gpu", "tenant"})
  void deploymentOfAnOverlayHasOnlyFieldsOfTheOperator(String overlay) throws Exception {
    ObjectNode spec = (ObjectNode) deployment(overlay).get("spec").deepCopy();
    // The artifact on Maven Central is older than the operator that the README asks for, and knows
    // no name of Flink 2.
    spec.put("flinkVersion", "v1_20");
    assertThat(operatorSchema().violations(spec)).isEmpty();
  }

  @Test
  void anUnknownFieldOfADeploymentIsFound() throws Exception {
    ObjectNode spec = (ObjectNode) deployment("dev").get("spec").deepCopy();
    spec.putObject("taskManger");
    ((ObjectNode) spec.at("/podTemplate/spec/securityContext")).put("runAsRoot", false);
    assertThat(operatorSchema().violations(spec))
        .contains(
            "/taskManger is not a field",
            "/podTemplate/spec/securityContext/runAsRoot is not a field");
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "dev", "gpu", "tenant"})
  void argumentsOfAnOverlayAreOptionsOfTheJob(String overlay) throws Exception {
    JsonNode job = deployment(overlay).at("/spec/job");
    AvatarJobArguments arguments = AvatarJobArguments.parse(Manifests.strings(job.get("args")));
    assertThat(arguments.options().getOptional(AvatarJobOptions.PARALLELISM))
        .hasValue(job.get("parallelism").asInt());
    assertThat(arguments.get(AvatarJobOptions.PACING)).isEqualTo(PacingOptions.Mode.REALTIME);
    assertThat(arguments.kafka().stringPropertyNames())
        .filteredOn(key -> !key.startsWith("config.providers"))
        .isNotEmpty()
        .isSubsetOf(ConsumerConfig.configNames());
    assertThat(Class.forName(arguments.kafka().getProperty("config.providers.user.class")))
        .isNotNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "dev", "gpu", "tenant"})
  void settingsOfFlinkExistAndTheirValuesAreUnderstood(String overlay) throws Exception {
    List<JsonNode> resources = Manifests.build(OVERLAYS.resolve(overlay));
    Manifests.apply(Manifests.K8S.resolve("components/opentelemetry"), resources);
    Map<String, String> settings = new LinkedHashMap<>(shared());
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
    Map<String, String> image = shared();
    image.keySet().removeIf(key -> key.endsWith(".memory.process.size"));
    assertThat(Manifests.map(deployment("cpu").at("/spec/flinkConfiguration")))
        .containsAllEntriesOf(image);
    assertThat(deployment("cpu").at("/spec/taskManager/resource/memory").asText() + "b")
        .isEqualTo(shared().get("taskmanager.memory.process.size").replace(" ", ""));
    Properties logging = new Properties();
    logging.load(
        new StringReader(
            deployment("cpu").at("/spec/logConfiguration/log4j-console.properties").asText()));
    assertThat(logging).isNotEmpty().isEqualTo(properties("conf/log4j-console.properties"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "dev", "gpu", "tenant"})
  void otherResourcesHaveOnlyFieldsOfTheirKind(String overlay) throws Exception {
    StrictResources strict = new StrictResources();
    List<JsonNode> resources = Manifests.build(OVERLAYS.resolve(overlay));
    Manifests.apply(Manifests.K8S.resolve("components/opentelemetry"), resources);
    resources.addAll(Manifests.build(Manifests.K8S.resolve("scaler")));
    resources.removeIf(resource -> resource.get("kind").asText().equals("FlinkDeployment"));
    assertThat(resources)
        .hasSizeGreaterThan(10)
        .allSatisfy(
            resource ->
                assertThat(strict.problem(resource)).as(resource.get("kind").asText()).isEmpty());
  }

  @Test
  void anUnknownFieldOfAnotherResourceIsFound() throws Exception {
    StrictResources strict = new StrictResources();
    for (JsonNode resource : Manifests.build(OVERLAYS.resolve("cpu"))) {
      if (!resource.get("kind").asText().equals("FlinkDeployment")) {
        ((ObjectNode) resource.get("spec")).put("selektor", "x");
        assertThat(strict.problem(resource).orElse("")).contains("selektor");
      }
    }
  }

  @Test
  void aTenantsCellSharesNothingWithOthers() throws Exception {
    Map<String, Set<String>> shared = new HashMap<>();
    for (String overlay : List.of("cpu", "tenant")) {
      Set<String> names = new HashSet<>();
      for (JsonNode resource : Manifests.build(OVERLAYS.resolve(overlay))) {
        if (!resource.get("kind").asText().equals("PrometheusRule")) {
          names.add(resource.get("kind").asText() + " " + resource.at("/metadata/name").asText());
        }
        for (JsonNode acl : resource.at("/spec/authorization/acls")) {
          names.add(acl.at("/resource/type").asText() + " " + acl.at("/resource/name").asText());
        }
      }
      for (String value :
          Manifests.map(deployment(overlay).at("/spec/flinkConfiguration")).values()) {
        if (value.startsWith("s3:")) {
          names.add(value);
        }
      }
      shared.put(overlay, names);
    }
    assertThat(shared.get("tenant")).doesNotContainAnyElementsOf(shared.get("cpu"));
    AvatarJobArguments arguments =
        AvatarJobArguments.parse(Manifests.strings(deployment("tenant").at("/spec/job/args")));
    assertThat(arguments.get(AvatarJobOptions.TENANTS)).containsExactly("acme");
    for (ConfigOption<String> topic :
        List.of(
            AvatarJobOptions.INPUT_TOPIC,
            AvatarJobOptions.FRAMES_TOPIC,
            AvatarJobOptions.EVENTS_TOPIC,
            AvatarJobOptions.REJECTS_TOPIC)) {
      assertThat(shared.get("tenant")).contains("KafkaTopic " + arguments.get(topic));
    }
  }

  @Test
  void theGpuCellRunsTheImageThatItsArgumentBuilds() throws Exception {
    String dockerfile = Files.readString(Manifests.DOCKER.resolve("Dockerfile"));
    JsonNode spec = deployment("gpu").get("spec");
    assertThat(dockerfile).contains("--build-arg DEVICE=cuda -t " + spec.get("image").asText());
    assertThat(dockerfile).contains("AS device-cuda").contains("FROM device-${DEVICE}");
    assertThat(Files.readString(Path.of("../pom.xml"))).contains("<id>cuda</id>");
    assertThat(
            AvatarJobArguments.parse(Manifests.strings(spec.at("/job/args")))
                .get(AvatarJobOptions.DEVICE))
        .isEqualTo("cuda");
    assertThat(spec.at("/flinkConfiguration/external-resource.gpu.kubernetes.config-key").asText())
        .isEqualTo(spec.at("/taskManager/podTemplate/spec/tolerations/0/key").asText());
  }

  @Test
  void theScalerRunsAClassOfTheImage() throws Exception {
    JsonNode container =
        Manifests.one(Manifests.build(Manifests.K8S.resolve("scaler")), "CronJob")
            .at("/spec/jobTemplate/spec/template/spec/containers/0");
    assertThat(container.get("image")).isEqualTo(deployment("cpu").at("/spec/image"));
    List<String> command = List.of(Manifests.strings(container.get("command")));
    assertThat("local://" + command.get(3))
        .isEqualTo(deployment("cpu").at("/spec/job/jarURI").asText());
    assertThat(Class.forName(command.get(4))).isEqualTo(CellScaler.class);
  }

  @Test
  void imagesAndPathsAgree() throws Exception {
    String dockerfile = Files.readString(Manifests.DOCKER.resolve("Dockerfile"));
    JsonNode compose = compose();
    JsonNode spec = deployment("cpu").get("spec");
    assertThat(spec.get("image")).isEqualTo(compose.at("/x-image/image"));
    assertThat(dockerfile)
        .contains("ARG FLINK=flink:" + EnvironmentInformation.getVersion() + "-java17")
        .contains(" " + spec.at("/job/jarURI").asText().replace("local://", "") + "\n");
    for (JsonNode argument : spec.at("/podTemplate/spec/containers/0/livenessProbe/exec/command")) {
      assertThat(dockerfile).contains(argument.asText());
    }
    JsonNode hook =
        spec.at("/taskManager/podTemplate/spec/containers/0/lifecycle/preStop/exec/command");
    assertThat(dockerfile).contains(hook.get(1).asText());
    assertThat(hook.get(2).asText())
        .isEqualTo(deployment("cpu").at("/metadata/name").asText() + "-rest:8081");
    for (String service : List.of("kafka", "topics")) {
      assertThat(compose.at("/services/" + service + "/image").asText())
          .isEqualTo("apache/kafka:" + AppInfoParser.getVersion());
    }
    List<String> command = List.of(Manifests.strings(compose.at("/services/jobmanager/command")));
    assertThat(command.subList(0, 3))
        .containsExactly("standalone-job", "--job-classname", spec.at("/job/entryClass").asText());
    AvatarJobArguments arguments =
        AvatarJobArguments.parse(command.subList(3, command.size()).toArray(String[]::new));
    assertThat(arguments.get(AvatarJobOptions.BOOTSTRAP)).isEqualTo("kafka:9092");
    assertThat(arguments.get(AvatarJobOptions.PACING)).isEqualTo(PacingOptions.Mode.REALTIME);
  }

  @Test
  void topicsTakeEveryRecordAndForgetIt() throws Exception {
    List<JsonNode> topics =
        new ArrayList<>(Manifests.ofKind(Manifests.build(OVERLAYS.resolve("cpu")), "KafkaTopic"));
    Topics names = Topics.DEFAULT;
    assertThat(topics)
        .extracting(topic -> topic.at("/metadata/name").asText())
        .containsExactlyInAnyOrder(
            names.input(), names.frames(), names.events(), names.rejects(), Topics.SEATS);
    topics.removeIf(topic -> topic.at("/metadata/name").asText().equals(Topics.SEATS));
    String script = compose().at("/services/topics/command/0").asText();
    for (JsonNode topic : topics) {
      KafkaTopicSpec spec = Manifests.YAML.convertValue(topic.get("spec"), KafkaTopicSpec.class);
      assertThat(spec.getAdditionalProperties()).isEmpty();
      assertThat(AvatarJobOptions.MAX_PARALLELISM.defaultValue() % spec.getPartitions()).isZero();
      assertThat((int) spec.getConfig().get("max.message.bytes"))
          .isGreaterThan(RecordCodec.MAX_BYTES);
      assertThat(script)
          .contains(topic.at("/metadata/name").asText())
          .contains("--partitions " + spec.getPartitions())
          .contains("retention.ms=" + spec.getConfig().get("retention.ms"))
          .contains("max.message.bytes=" + spec.getConfig().get("max.message.bytes"));
    }
  }

  @Test
  void cellsLimitAdmissionAndPublishTheirFreeSeats() throws Exception {
    JsonNode topic =
        Manifests.ofKind(Manifests.build(OVERLAYS.resolve("cpu")), "KafkaTopic").stream()
            .filter(t -> t.at("/metadata/name").asText().equals(Topics.SEATS))
            .findFirst()
            .orElseThrow();
    assertThat(topic.at("/spec/config/cleanup.policy").asText()).isEqualTo("compact");
    assertThat(compose().at("/services/topics/command/0").asText())
        .contains("--topic " + Topics.SEATS)
        .contains("--partitions " + topic.at("/spec/partitions").asInt() + " ")
        .contains("cleanup.policy=compact")
        .contains("max.message.bytes=" + topic.at("/spec/config/max.message.bytes").asText());
    List<String> command = List.of(Manifests.strings(compose().at("/services/jobmanager/command")));
    Map<String, String[]> cells = new LinkedHashMap<>();
    cells.put("compose", command.subList(3, command.size()).toArray(String[]::new));
    for (String overlay : List.of("cpu", "dev", "gpu", "tenant")) {
      cells.put(overlay, Manifests.strings(deployment(overlay).at("/spec/job/args")));
    }
    for (Map.Entry<String, String[]> cell : cells.entrySet()) {
      AvatarJobArguments arguments = AvatarJobArguments.parse(cell.getValue());
      assertThat(arguments.seats().seats()).as(cell.getKey()).isPositive();
      assertThat(arguments.seats().topic())
          .isEqualTo(cell.getKey().equals("tenant") ? "acme." + Topics.SEATS : Topics.SEATS);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "dev", "gpu", "tenant"})
  void everyCellCanReadItsTopicInLanes(String overlay) throws Exception {
    List<JsonNode> resources = Manifests.build(OVERLAYS.resolve(overlay));
    Manifests.apply(Manifests.K8S.resolve("components/lanes"), resources);
    AvatarJobArguments arguments =
        AvatarJobArguments.parse(
            Manifests.strings(Manifests.one(resources, "FlinkDeployment").at("/spec/job/args")));
    assertThat(arguments.options().toMap()).containsEntry("topology", "lanes");
    int partitions =
        Manifests.ofKind(resources, "KafkaTopic").stream()
            .filter(
                topic ->
                    topic
                        .at("/metadata/name")
                        .asText()
                        .equals(arguments.get(AvatarJobOptions.INPUT_TOPIC)))
            .findFirst()
            .orElseThrow()
            .at("/spec/partitions")
            .asInt();
    new LaneLayout(arguments.get(AvatarJobOptions.MAX_PARALLELISM), partitions)
        .check(arguments.get(AvatarJobOptions.PARALLELISM));
  }

  @Test
  void usersMayDoWhatTheirPartNeedsAndNoMore() throws Exception {
    Map<String, Set<String>> rights = new HashMap<>();
    for (JsonNode user : Manifests.ofKind(Manifests.build(OVERLAYS.resolve("cpu")), "KafkaUser")) {
      KafkaUserSpec spec = Manifests.YAML.convertValue(user.get("spec"), KafkaUserSpec.class);
      assertThat(spec.getAdditionalProperties()).isEmpty();
      assertThat(spec.getAuthorization().getAdditionalProperties()).isEmpty();
      List<AclRule> acls = ((KafkaUserAuthorizationSimple) spec.getAuthorization()).getAcls();
      assertThat(acls)
          .allSatisfy(acl -> assertThat(acl.getAdditionalProperties()).isEmpty())
          .allSatisfy(acl -> assertThat(acl.getResource().getAdditionalProperties()).isEmpty());
      rights.put(
          user.at("/metadata/name").asText(),
          Stream.of(
                  Manifests.YAML.convertValue(
                      user.at("/spec/authorization/acls"), JsonNode[].class))
              .map(
                  acl -> acl.at("/resource/name").asText() + " " + acl.at("/operations/0").asText())
              .collect(Collectors.toSet()));
    }
    assertThat(rights.get("avatarflow-job"))
        .containsExactlyInAnyOrder(
            "avatar.input Read",
            AvatarJobOptions.GROUP_ID.defaultValue() + " Read",
            "avatar.frames Write",
            "avatar.events Write",
            "avatar.rejects Write",
            "avatar.seats Write");
    assertThat(rights.get("avatarflow-gateway"))
        .containsExactlyInAnyOrder(
            "avatar.input Write",
            "avatar.frames Read",
            "avatar.events Read",
            "avatar.rejects Read",
            "avatar.seats Read");
  }

  private static JsonNode deployment(String overlay) throws IOException {
    return Manifests.one(Manifests.build(OVERLAYS.resolve(overlay)), "FlinkDeployment");
  }

  private static JsonNode compose() throws IOException {
    return Manifests.documents(Manifests.DOCKER.resolve("compose.yaml")).get(0);
  }

  private static Map<String, String> shared() throws IOException {
    return Manifests.map(Manifests.documents(Manifests.DOCKER.resolve("conf/flink.yaml")).get(0));
  }

  private static ResourceSchema operatorSchema() throws IOException {
    String path = "/META-INF/fabric8/flinkdeployments.flink.apache.org-v1.yml";
    try (InputStream in = ManifestsTest.class.getResourceAsStream(path)) {
      return new ResourceSchema(
          Manifests.YAML
              .readTree(in)
              .at("/spec/versions/0/schema/openAPIV3Schema/properties/spec"));
    }
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
