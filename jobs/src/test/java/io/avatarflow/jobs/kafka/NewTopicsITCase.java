package io.avatarflow.jobs.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.avatarflow.jobs.local.EmbeddedBroker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Topics that are written the moment they exist. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NewTopicsITCase {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int TOPICS = 40;
  private static final int BATCH_BYTES = 16_384;

  private EmbeddedBroker broker;
  private Admin admin;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    broker = EmbeddedBroker.start(folder, 0);
    admin = Admin.create(settings());
  }

  @AfterAll
  void stop() {
    admin.close();
    broker.close();
  }

  /** Without the wait, a topic refuses its first batch for good now and then. */
  @Test
  void aNewTopicTakesItsFirstBatchesInOrder() throws Exception {
    Properties settings = settings();
    settings.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, "5000");
    settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, "10000");
    for (int i = 0; i < TOPICS; i++) {
      String topic = "fresh-" + i;
      NewTopics.create(admin, List.of(new NewTopic(topic, 2, (short) 1)), PATIENCE);
      List<Future<RecordMetadata>> sent = new ArrayList<>();
      try (KafkaProducer<byte[], byte[]> producer =
          new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
        for (int batch = 0; batch < 3; batch++) {
          sent.add(producer.send(new ProducerRecord<>(topic, 0, null, new byte[BATCH_BYTES])));
        }
      }
      for (int batch = 0; batch < sent.size(); batch++) {
        assertThat(sent.get(batch).get().offset()).isEqualTo(batch);
      }
    }
  }

  @Test
  void aTopicThatExistsIsRefusedWithTheBrokersReason() throws Exception {
    List<NewTopic> topics = List.of(new NewTopic("twice", 1, (short) 1));
    NewTopics.create(admin, topics, PATIENCE);

    assertThatThrownBy(() -> NewTopics.create(admin, topics, PATIENCE))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(TopicExistsException.class);
  }

  private Properties settings() {
    Properties properties = new Properties();
    properties.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrap());
    return properties;
  }
}
