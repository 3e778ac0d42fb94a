package io.avatarflow.jobs.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.avatarflow.jobs.AvatarJobArguments;
import io.avatarflow.jobs.options.DeviceOptions;
import io.avatarflow.jobs.options.SessionOptions;
import io.avatarflow.jobs.options.TopicOptions;
import io.avatarflow.jobs.scale.CellScaler;
import io.avatarflow.operators.ingest.PacingOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.flink.runtime.util.EnvironmentInformation;
import org.apache.kafka.common.utils.AppInfoParser;
import org.junit.jupiter.api.Test;

/** The images that compose and Kubernetes run, and the paths inside them. */
class ImagesTest {
  @Test
  void theGpuCellRunsTheImageThatItsArgumentBuilds() throws Exception {
    String dockerfile = Files.readString(Manifests.DOCKER.resolve("Dockerfile"));
    JsonNode spec = Manifests.deployment("gpu").get("spec");
    assertThat(dockerfile).contains("--build-arg DEVICE=cuda -t " + spec.get("image").asText());
    assertThat(dockerfile).contains("AS device-cuda").contains("FROM device-${DEVICE}");
    assertThat(Files.readString(Path.of("../pom.xml"))).contains("<id>cuda</id>");
    assertThat(
            AvatarJobArguments.parse(Manifests.strings(spec.at("/job/args")))
                .get(DeviceOptions.DEVICE))
        .isEqualTo("cuda");
    assertThat(spec.at("/flinkConfiguration/external-resource.gpu.kubernetes.config-key").asText())
        .isEqualTo(spec.at("/taskManager/podTemplate/spec/tolerations/0/key").asText());
  }

  @Test
  void theScalerRunsAClassOfTheImage() throws Exception {
    JsonNode container =
        Manifests.one(Manifests.build(Manifests.K8S.resolve("scaler")), "CronJob")
            .at("/spec/jobTemplate/spec/template/spec/containers/0");
    assertThat(container.get("image")).isEqualTo(Manifests.deployment("cpu").at("/spec/image"));
    List<String> command = List.of(Manifests.strings(container.get("command")));
    assertThat("local://" + command.get(3))
        .isEqualTo(Manifests.deployment("cpu").at("/spec/job/jarURI").asText());
    assertThat(Class.forName(command.get(4))).isEqualTo(CellScaler.class);
  }

  @Test
  void imagesAndPathsAgree() throws Exception {
    String dockerfile = Files.readString(Manifests.DOCKER.resolve("Dockerfile"));
    JsonNode compose = Manifests.compose();
    JsonNode spec = Manifests.deployment("cpu").get("spec");
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
        .isEqualTo(Manifests.deployment("cpu").at("/metadata/name").asText() + "-rest:8081");
    for (String service : List.of("kafka", "topics")) {
      assertThat(compose.at("/services/" + service + "/image").asText())
          .isEqualTo("apache/kafka:" + AppInfoParser.getVersion());
    }
    List<String> command = List.of(Manifests.strings(compose.at("/services/jobmanager/command")));
    assertThat(command.subList(0, 3))
        .containsExactly("standalone-job", "--job-classname", spec.at("/job/entryClass").asText());
    AvatarJobArguments arguments =
        AvatarJobArguments.parse(command.subList(3, command.size()).toArray(String[]::new));
    assertThat(arguments.get(TopicOptions.BOOTSTRAP)).isEqualTo("kafka:9092");
    assertThat(arguments.get(SessionOptions.PACING)).isEqualTo(PacingOptions.Mode.REALTIME);
  }
}
