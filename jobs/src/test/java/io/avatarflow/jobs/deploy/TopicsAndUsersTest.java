package io.avatarflow.jobs.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.avatarflow.jobs.AvatarJobArguments;
import io.avatarflow.jobs.lanes.LaneLayout;
import io.avatarflow.jobs.options.GraphOptions;
import io.avatarflow.jobs.options.TopicOptions;
import io.avatarflow.schemas.RecordCodec;
import io.avatarflow.schemas.Topics;
import io.strimzi.api.kafka.model.topic.KafkaTopicSpec;
import io.strimzi.api.kafka.model.user.KafkaUserAuthorizationSimple;
import io.strimzi.api.kafka.model.user.KafkaUserSpec;
import io.strimzi.api.kafka.model.user.acl.AclRule;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.configuration.ConfigOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Topics, seats and rights on the brokers, of compose and of each cell. */
class TopicsAndUsersTest {
  @Test
  void aTenantsCellSharesNothingWithOthers() throws Exception {
    Map<String, Set<String>> shared = new HashMap<>();
    for (String overlay : List.of("cpu", "tenant")) {
      Set<String> names = new HashSet<>();
      for (JsonNode resource : Manifests.overlay(overlay)) {
        if (!resource.get("kind").asText().equals("PrometheusRule")) {
          names.add(resource.get("kind").asText() + " " + resource.at("/metadata/name").asText());
        }
        for (JsonNode acl : resource.at("/spec/authorization/acls")) {
          names.add(acl.at("/resource/type").asText() + " " + acl.at("/resource/name").asText());
        }
      }
      for (String value :
          Manifests.map(Manifests.deployment(overlay).at("/spec/flinkConfiguration")).values()) {
        if (value.startsWith("s3:")) {
          names.add(value);
        }
      }
      shared.put(overlay, names);
    }
    assertThat(shared.get("tenant")).doesNotContainAnyElementsOf(shared.get("cpu"));
    AvatarJobArguments arguments =
        AvatarJobArguments.parse(
            Manifests.strings(Manifests.deployment("tenant").at("/spec/job/args")));
    assertThat(arguments.get(TopicOptions.TENANTS)).containsExactly("acme");
    for (ConfigOption<String> topic :
        List.of(
            TopicOptions.INPUT_TOPIC,
            TopicOptions.FRAMES_TOPIC,
            TopicOptions.EVENTS_TOPIC,
            TopicOptions.REJECTS_TOPIC)) {
      assertThat(shared.get("tenant")).contains("KafkaTopic " + arguments.get(topic));
    }
  }

  @Test
  void topicsTakeEveryRecordAndForgetIt() throws Exception {
    List<JsonNode> topics =
        new ArrayList<>(Manifests.ofKind(Manifests.overlay("cpu"), "KafkaTopic"));
    Topics names = Topics.DEFAULT;
    assertThat(topics)
        .extracting(topic -> topic.at("/metadata/name").asText())
        .containsExactlyInAnyOrder(
            names.input(), names.frames(), names.events(), names.rejects(), Topics.SEATS);
    topics.removeIf(topic -> topic.at("/metadata/name").asText().equals(Topics.SEATS));
    String script = Manifests.compose().at("/services/topics/command/0").asText();
    for (JsonNode topic : topics) {
      KafkaTopicSpec spec = Manifests.YAML.convertValue(topic.get("spec"), KafkaTopicSpec.class);
      assertThat(spec.getAdditionalProperties()).isEmpty();
      assertThat(GraphOptions.MAX_PARALLELISM.defaultValue() % spec.getPartitions()).isZero();
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
        Manifests.ofKind(Manifests.overlay("cpu"), "KafkaTopic").stream()
            .filter(t -> t.at("/metadata/name").asText().equals(Topics.SEATS))
            .findFirst()
            .orElseThrow();
    assertThat(topic.at("/spec/config/cleanup.policy").asText()).isEqualTo("compact");
    assertThat(Manifests.compose().at("/services/topics/command/0").asText())
        .contains("--topic " + Topics.SEATS)
        .contains("--partitions " + topic.at("/spec/partitions").asInt() + " ")
        .contains("cleanup.policy=compact")
        .contains("max.message.bytes=" + topic.at("/spec/config/max.message.bytes").asText());
    List<String> command =
        List.of(Manifests.strings(Manifests.compose().at("/services/jobmanager/command")));
    Map<String, String[]> cells = new LinkedHashMap<>();
    cells.put("compose", command.subList(3, command.size()).toArray(String[]::new));
    for (String overlay : List.of("cpu", "dev", "gpu", "tenant")) {
      cells.put(overlay, Manifests.strings(Manifests.deployment(overlay).at("/spec/job/args")));
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
    List<JsonNode> resources = Manifests.overlay(overlay);
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
                        .equals(arguments.get(TopicOptions.INPUT_TOPIC)))
            .findFirst()
            .orElseThrow()
            .at("/spec/partitions")
            .asInt();
    new LaneLayout(arguments.get(GraphOptions.MAX_PARALLELISM), partitions)
        .check(arguments.get(GraphOptions.PARALLELISM));
  }

  @Test
  void usersMayDoWhatTheirPartNeedsAndNoMore() throws Exception {
    Map<String, Set<String>> rights = new HashMap<>();
    for (JsonNode user : Manifests.ofKind(Manifests.overlay("cpu"), "KafkaUser")) {
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
            TopicOptions.GROUP_ID.defaultValue() + " Read",
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
}
