package io.avatarflow.jobs.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.avatarflow.jobs.AvatarJobArguments;
import io.avatarflow.jobs.options.GraphOptions;
import io.avatarflow.jobs.options.SessionOptions;
import io.avatarflow.operators.ingest.PacingOptions;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Fields and arguments of the Kubernetes resources are those that their readers know. */
class ManifestsTest {
  @ParameterizedTest
  @ValueSource(strings = {"cpu", "dev", "gpu", "tenant"})
  void deploymentOfAnOverlayHasOnlyFieldsOfTheOperator(String overlay) throws Exception {
    ObjectNode spec = (ObjectNode) Manifests.deployment(overlay).get("spec").deepCopy();
    // The artifact on Maven Central is older than the operator that the README asks for, and knows
    // no name of Flink 2.
    spec.put("flinkVersion", "v1_20");
    assertThat(operatorSchema().violations(spec)).isEmpty();
  }

  @Test
  void anUnknownFieldOfADeploymentIsFound() throws Exception {
    ObjectNode spec = (ObjectNode) Manifests.deployment("dev").get("spec").deepCopy();
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
    JsonNode job = Manifests.deployment(overlay).at("/spec/job");
    AvatarJobArguments arguments = AvatarJobArguments.parse(Manifests.strings(job.get("args")));
    assertThat(arguments.options().getOptional(GraphOptions.PARALLELISM))
        .hasValue(job.get("parallelism").asInt());
    assertThat(arguments.get(SessionOptions.PACING)).isEqualTo(PacingOptions.Mode.REALTIME);
    assertThat(arguments.kafka().stringPropertyNames())
        .filteredOn(key -> !key.startsWith("config.providers"))
        .isNotEmpty()
        .isSubsetOf(ConsumerConfig.configNames());
    assertThat(Class.forName(arguments.kafka().getProperty("config.providers.user.class")))
        .isNotNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "dev", "gpu", "tenant"})
  void otherResourcesHaveOnlyFieldsOfTheirKind(String overlay) throws Exception {
    StrictResources strict = new StrictResources();
    List<JsonNode> resources = Manifests.overlay(overlay);
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
    for (JsonNode resource : Manifests.overlay("cpu")) {
      if (!resource.get("kind").asText().equals("FlinkDeployment")) {
        ((ObjectNode) resource.get("spec")).put("selektor", "x");
        assertThat(strict.problem(resource).orElse("")).contains("selektor");
      }
    }
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
}
