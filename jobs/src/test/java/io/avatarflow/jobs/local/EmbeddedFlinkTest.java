package io.avatarflow.jobs.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.jobs.AvatarJobArguments;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedFlinkTest {
  @TempDir private Path folder;

  private Configuration configuration(String... more) throws Exception {
    String[] arguments = new String[2 + more.length];
    arguments[0] = "--bootstrap";
    arguments[1] = "localhost:9092";
    System.arraycopy(more, 0, arguments, 2, more.length);
    return EmbeddedFlink.configuration(folder, AvatarJobArguments.parse(arguments));
  }

  @Test
  void checkpointsAreFilesSoThatManySessionsFitIntoThem() throws Exception {
    Configuration flink = configuration();
    assertThat(flink.get(CheckpointingOptions.CHECKPOINT_STORAGE)).isEqualTo("filesystem");
    String directory = flink.get(CheckpointingOptions.CHECKPOINTS_DIRECTORY);
    assertThat(directory).startsWith(folder.toUri().toString());
    assertThat(Files.isDirectory(folder.resolve("checkpoints"))).isTrue();
  }

  @Test
  void aCheckpointThatFailsDoesNotEndTheJob() throws Exception {
    assertThat(configuration().get(CheckpointingOptions.TOLERABLE_FAILURE_NUMBER)).isPositive();
  }

  @Test
  void whatTheJobSaysOfFlinkCountsMore() throws Exception {
    String key = "--flink." + CheckpointingOptions.CHECKPOINT_STORAGE.key();
    assertThat(configuration(key, "jobmanager").get(CheckpointingOptions.CHECKPOINT_STORAGE))
        .isEqualTo("jobmanager");
  }
}
