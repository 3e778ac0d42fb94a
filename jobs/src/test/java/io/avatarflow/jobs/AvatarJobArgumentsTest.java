package io.avatarflow.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.avatarflow.jobs.options.GraphOptions;
import io.avatarflow.jobs.options.TopicOptions;
import io.avatarflow.operators.ingest.IngestOptions;
import java.time.Duration;
import org.apache.flink.configuration.CheckpointingOptions;
import org.junit.jupiter.api.Test;

class AvatarJobArgumentsTest {
  @Test
  void bothSpellingsOfAnOptionAreRead() {
    AvatarJobArguments arguments =
        AvatarJobArguments.parse(
            "--bootstrap", "broker:9092", "--checkpoint-interval=5 s", "--grouping", "all-in-one");

    assertThat(arguments.get(TopicOptions.BOOTSTRAP)).isEqualTo("broker:9092");
    assertThat(arguments.get(GraphOptions.CHECKPOINT_INTERVAL)).isEqualTo(Duration.ofSeconds(5));
    assertThat(arguments.get(GraphOptions.GROUPING)).isEqualTo(GraphOptions.Grouping.ALL_IN_ONE);
  }

  @Test
  void settingsOfKafkaAndFlinkPassUntouched() {
    AvatarJobArguments arguments =
        AvatarJobArguments.parse(
            "--bootstrap=b:1",
            "--kafka.security.protocol=SASL_SSL",
            "--flink.execution.checkpointing.dir",
            "file:///checkpoints");

    assertThat(arguments.kafka()).containsEntry("security.protocol", "SASL_SSL");
    assertThat(arguments.flink().get(CheckpointingOptions.CHECKPOINTS_DIRECTORY))
        .isEqualTo("file:///checkpoints");
  }

  @Test
  void anUnknownOptionIsNamed() {
    assertThatThrownBy(() -> AvatarJobArguments.parse("--bootstrap", "b:1", "--packs", "reference"))
        .hasMessage("Option --packs is not known; the options are listed in docs/options.md.");
  }

  @Test
  void aMissingBrokerIsNamed() {
    assertThatThrownBy(AvatarJobArguments::parse)
        .hasMessage("Option --bootstrap is missing; give the Kafka brokers as host:port.");
  }

  @Test
  void aValueOfTheWrongKindIsNamedWithItsOption() {
    assertThatThrownBy(() -> AvatarJobArguments.parse("--bootstrap=b:1", "--max-in-flight=many"))
        .hasMessageStartingWith(
            "Option --max-in-flight has the value \"many\", which is not possible");
    assertThatThrownBy(() -> AvatarJobArguments.parse("--bootstrap=b:1", "--max-in-flight=0"))
        .hasMessage("Option --max-in-flight is 0; give a number from 1 to 100000.");
  }

  @Test
  void aDeviceThatDoesNotExistIsNamed() {
    assertThatThrownBy(() -> AvatarJobArguments.parse("--bootstrap=b:1", "--device=tpu"))
        .hasMessage(
            "There is no device \"tpu\"; give cpu, cuda, or cuda:N for the GPU of index N.");
  }

  @Test
  void limitsOfInputAreReadAndChecked() {
    assertThat(AvatarJobArguments.parse("--bootstrap=b:1").ingest())
        .isEqualTo(IngestOptions.DEFAULT);
    IngestOptions limits =
        AvatarJobArguments.parse(
                "--bootstrap=b:1", "--idle-timeout=0 s", "--max-duration=1 h", "--max-buffer=5 s")
            .ingest();
    assertThat(limits.idleTimeout()).isZero();
    assertThat(limits.maxDuration()).isEqualTo(Duration.ofHours(1));
    assertThat(limits.maxBuffer()).isEqualTo(Duration.ofSeconds(5));
    assertThatThrownBy(() -> AvatarJobArguments.parse("--bootstrap=b:1", "--max-duration=0 s"))
        .hasMessageStartingWith("Max duration is PT0S; give a duration in");
  }

  @Test
  void aValueWithoutAKeyIsNamed() {
    assertThatThrownBy(() -> AvatarJobArguments.parse("bootstrap"))
        .hasMessage(
            "\"bootstrap\" is not an option; write --key value, keys are listed in"
                + " docs/options.md.");
    assertThatThrownBy(() -> AvatarJobArguments.parse("--bootstrap"))
        .hasMessage("Option --bootstrap has no value; write --bootstrap VALUE.");
  }
}
