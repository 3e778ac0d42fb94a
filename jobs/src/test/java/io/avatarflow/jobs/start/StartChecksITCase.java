package io.avatarflow.jobs.start;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.avatarflow.jobs.AvatarJob;
import io.avatarflow.jobs.AvatarJobArguments;
import io.avatarflow.jobs.local.EmbeddedBroker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The checks against a real broker; no cluster is needed, for nothing may be submitted. */
class StartChecksITCase {
  @TempDir static Path folder;
  private static EmbeddedBroker broker;

  @BeforeAll
  static void startBroker() throws IOException {
    broker = EmbeddedBroker.start(folder, 0);
    List<NewTopic> topics = new ArrayList<>();
    for (String name :
        List.of("avatar.input", "avatar.frames", "avatar.events", "avatar.rejects")) {
      topics.add(new NewTopic(name, 2, (short) 1));
    }
    topics.add(new NewTopic("seven", 7, (short) 1));
    broker.createTopics(topics);
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @Test
  void topicsThatFitPass() {
    assertThatCode(() -> check(2)).doesNotThrowAnyException();
  }

  @Test
  void everyTopicThatIsMissingIsNamedInOneLine() {
    assertRefused(() -> check(2, "--input-topic", "nowhere", "--events-topic", "neither"))
        .contains("Topic neither, nowhere does not exist at " + broker.bootstrap());
  }

  @Test
  void aSeatsTopicThatIsMissingIsNamedToo() {
    assertRefused(() -> check(2, "--seats.topic", "benches"))
        .contains("Topic benches does not exist at " + broker.bootstrap());
  }

  @Test
  void fewerPartitionsThanSubtasksAreRefused() {
    assertRefused(() -> check(3))
        .contains("\"avatar.input\" has 2 partitions, the job's parallelism is 3");
  }

  @Test
  void partitionsThatCutAKeyGroupAreRefused() {
    assertRefused(() -> check(2, "--frames-topic", "seven"))
        .contains("\"seven\" has 7 partitions")
        .contains("max parallelism 60");
  }

  @Test
  void aBrokerThatDoesNotAnswerIsGivenUp() {
    assertRefused(
            () ->
                StartChecks.run(
                    AvatarJobArguments.parse(
                        "--bootstrap", "127.0.0.1:1", "--pack", "probe", "--start-timeout", "2 s"),
                    1))
        .contains("127.0.0.1:1 gave no answer about the topics within 2 s");
  }

  @Test
  void theJobIsNotSubmittedWithAnotherPackThanThePinnedOne() {
    assertRefused(
            () ->
                AvatarJob.main(
                    new String[] {
                      "--bootstrap", broker.bootstrap(),
                      "--pack", "probe",
                      "--pack-digest", "0".repeat(64),
                      "--flink.execution.target", "remote",
                      "--flink.rest.address", "127.0.0.1",
                      "--flink.rest.port", "1"
                    }))
        .contains("the job pins " + "0".repeat(64));
  }

  private static void check(int parallelism, String... more) {
    List<String> args = new ArrayList<>(List.of("--bootstrap", broker.bootstrap()));
    args.addAll(List.of("--pack", "probe"));
    args.addAll(List.of(more));
    StartChecks.run(AvatarJobArguments.parse(args.toArray(String[]::new)), parallelism);
  }

  private static org.assertj.core.api.AbstractStringAssert<?> assertRefused(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable start) {
    StartException refusal =
        org.assertj.core.api.Assertions.catchThrowableOfType(StartException.class, start);
    assertThat(refusal).isNotNull().hasStackTraceContaining("StartException");
    assertThat(refusal.getStackTrace()).isEmpty();
    return assertThat(refusal.getMessage()).hasLineCount(1);
  }
}
