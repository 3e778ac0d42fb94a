package io.avatarflow.jobs.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.avatarflow.jobs.local.EmbeddedBroker;
import io.avatarflow.operators.host.DecisionLog;
import io.avatarflow.operators.host.LogPosition;
import io.avatarflow.operators.host.PublishedSession;
import io.avatarflow.schemas.BlockFill;
import io.avatarflow.schemas.DecisionMark;
import io.avatarflow.schemas.FlushMark;
import io.avatarflow.schemas.RecordCodec;
import io.avatarflow.schemas.SessionKey;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.SessionPartitioner;
import io.avatarflow.schemas.SkippedMark;
import io.avatarflow.schemas.StreamMark;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The log against a real broker. */
class KafkaDecisionLogITCase {
  private static final int KEY_GROUPS = 60;
  private static final int PARTITIONS = 4;
  private static final KeyGroupRange ALL = KeyGroupRange.of(0, KEY_GROUPS - 1);

  @TempDir static Path folder;
  private static EmbeddedBroker broker;
  private String topic;

  @BeforeAll
  static void startBroker() throws IOException {
    broker = EmbeddedBroker.start(folder, 0);
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @BeforeEach
  void createTopic(TestInfo test) throws IOException {
    topic = test.getTestMethod().orElseThrow().getName();
    broker.createTopics(List.of(new NewTopic(topic, PARTITIONS, (short) 1)));
  }

  private DecisionLog open(String bootstrap, Duration timeout) {
    Properties client = new Properties();
    client.put("bootstrap.servers", bootstrap);
    return KafkaDecisionLog.factory(new KafkaDecisionLog.Settings(client, topic, false, timeout))
        .open(KEY_GROUPS);
  }

  private DecisionLog open() {
    return open(broker.bootstrap(), Duration.ofSeconds(30));
  }

  private void publish(SessionOutput... outputs) {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", broker.bootstrap());
    SessionPartitioner partitioner = new SessionPartitioner(KEY_GROUPS, PARTITIONS);
    RecordCodec<SessionOutput> codec = RecordCodec.output();
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
      for (SessionOutput output : outputs) {
        SessionKey key = SessionKey.parse(output.getSessionKey());
        var unused =
            producer.send(
                new ProducerRecord<>(
                    topic, partitioner.partition(key), key.toBytes(), codec.encode(output)));
      }
    }
  }

  private static SessionOutput decision(String key, int attempt, long block) {
    return new SessionOutput(
        key,
        0L,
        attempt,
        new StreamMark(new DecisionMark(block, 0L, 1280, BlockFill.NONE, List.of(), attempt, 7L)));
  }

  private static SessionOutput skipped(String key, long from, long to) {
    return new SessionOutput(key, 0L, 0, new StreamMark(new SkippedMark(from, to)));
  }

  @Test
  void whatLiesBehindThePositionsIsReadToTheEnd() throws Exception {
    publish(decision("t/a", 0, 0), decision("t/b", 0, 0));
    try (DecisionLog log = open()) {
      List<LogPosition> checkpoint = log.end();
      publish(
          decision("t/a", 0, 1),
          decision("t/a", 0, 2),
          decision("t/b", 0, 1),
          new SessionOutput("t/b", 1L, 0, new StreamMark(new FlushMark(1L))));

      List<PublishedSession> published = log.since(checkpoint, ALL);

      assertThat(checkpoint).hasSize(PARTITIONS);
      assertThat(blocks(published, "t/a")).containsExactly(1L, 2L);
      assertThat(blocks(published, "t/b")).containsExactly(1L);
    }
  }

  @Test
  void repeatedDecisionsCountOnceAndThoseOfAGivenUpAttemptNotAtAll() throws Exception {
    try (DecisionLog log = open()) {
      List<LogPosition> checkpoint = log.end();
      publish(
          decision("t/a", 1, 1),
          decision("t/a", 2, 1),
          decision("t/a", 2, 2),
          decision("t/a", 1, 3),
          decision("t/a", 2, 3));

      PublishedSession session = log.since(checkpoint, ALL).get(0);

      assertThat(session.attempt()).isEqualTo(2);
      // The rung tells which attempt the decision came from.
      assertThat(session.decisions()).extracting(DecisionMark::getRung).containsExactly(1, 2, 2);
    }
  }

  @Test
  void aPartThatBeginsWithASkipTellsThatNothingIsMissingBeforeIt() throws Exception {
    publish(decision("t/a", 0, 4), decision("t/b", 0, 0));
    try (DecisionLog log = open()) {
      List<LogPosition> checkpoint = log.end();
      publish(
          skipped("t/a", 5, 9),
          decision("t/a", 0, 9),
          decision("t/b", 0, 1),
          skipped("t/b", 2, 4),
          decision("t/b", 0, 4));

      List<PublishedSession> published = log.since(checkpoint, ALL);

      assertThat(blocks(published, "t/a")).containsExactly(4L, 9L);
      assertThat(blocks(published, "t/b")).containsExactly(1L, 4L);
    }
  }

  @Test
  void everyKeyGroupIsReadByOneSubtask() throws Exception {
    List<SessionOutput> outputs = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      outputs.add(decision("t/s" + i, 0, 0));
    }
    try (DecisionLog log = open()) {
      List<LogPosition> checkpoint = log.end();
      publish(outputs.toArray(SessionOutput[]::new));

      List<String> keys = new ArrayList<>();
      for (KeyGroupRange range : List.of(KeyGroupRange.of(0, 22), KeyGroupRange.of(23, 59))) {
        log.since(checkpoint, range).forEach(session -> keys.add(session.sessionKey()));
      }

      assertThat(keys)
          .containsExactlyInAnyOrderElementsOf(
              outputs.stream().map(SessionOutput::getSessionKey).toList());
    }
  }

  @Test
  void aBrokerThatDoesNotAnswerIsNamedWithItsTopic() {
    try (DecisionLog log = open("127.0.0.1:1", Duration.ofMillis(500))) {
      assertThatThrownBy(log::end)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("The end of topic " + topic + " is not known");
      assertThatThrownBy(() -> log.since(List.of(new LogPosition(0, 0)), ALL))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("cannot be read from topic " + topic);
    }
  }

  @Test
  @Timeout(60)
  void aTaskThatIsCancelledDoesNotWaitForABrokerThatDoesNotAnswer() {
    try (DecisionLog log = open("127.0.0.1:1", Duration.ofMinutes(2))) {
      Thread.currentThread().interrupt();

      assertThatThrownBy(() -> log.since(List.of(new LogPosition(0, 0)), ALL))
          .isInstanceOf(InterruptedIOException.class)
          .hasMessageContaining("connected to topic " + topic);
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  private static List<Long> blocks(List<PublishedSession> published, String key) {
    return published.stream()
        .filter(session -> session.sessionKey().equals(key))
        .flatMap(session -> session.decisions().stream())
        .map(DecisionMark::getBlock)
        .toList();
  }
}
