package io.avatarflow.jobs.replay;

import io.avatarflow.schemas.RecordedMessage;
import io.avatarflow.schemas.SessionKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Copies sessions from the topics of a cell into a {@link RecordingFolder}: what they were told and
 * what they made, up to the end that the topics had when reading began.
 *
 * <p>The input topic is read twice, first to find the sessions that are meant, then to copy them
 * with the audio that came before their SessionOpen. One thread.
 */
public final class TopicRecorder {
  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** Audio may come before the SessionOpen. */
  private static final Duration BEFORE_OPEN = Duration.ofSeconds(10);

  private final String bootstrap;
  private final Properties kafka;

  /**
   * @param bootstrap brokers as host:port
   * @param kafka settings of the clients, passed through
   */
  public TopicRecorder(String bootstrap, Properties kafka) {
    this.bootstrap = bootstrap;
    this.kafka = kafka;
  }

  /** Takes a record of the sessions that are read. */
  @FunctionalInterface
  private interface Sink {
    void accept(String key, ConsumerRecord<byte[], byte[]> record) throws IOException;
  }

  /**
   * Copies sessions.
   *
   * @param framesTopic where their output is; empty to leave it out
   * @return keys of the sessions that were found
   */
  public Set<String> record(
      String inputTopic,
      Optional<String> framesTopic,
      SessionSelection selection,
      RecordingFolder folder)
      throws IOException {
    Set<String> keys = find(inputTopic, selection);
    Optional<Instant> since = selection.from().map(from -> from.minus(BEFORE_OPEN));
    try (MessageLogWriters logs = new MessageLogWriters()) {
      read(inputTopic, since, (key, record) -> copy(logs, keys, key, record, k -> folder.input(k)));
      if (framesTopic.isPresent()) {
        read(
            framesTopic.get(),
            since,
            (key, record) -> copy(logs, keys, key, record, k -> folder.output(k)));
      }
    }
    return keys;
  }

  private Set<String> find(String inputTopic, SessionSelection selection) throws IOException {
    Set<String> keys = new HashSet<>();
    read(
        inputTopic,
        selection.from(),
        (key, record) -> {
          if (selection.contains(key, Instant.ofEpochMilli(record.timestamp()))
              && SessionSelection.opens(record.value())) {
            keys.add(key);
          }
        });
    return keys;
  }

  private static void copy(
      MessageLogWriters logs,
      Set<String> keys,
      String key,
      ConsumerRecord<byte[], byte[]> record,
      java.util.function.Function<SessionKey, MessageLog> log)
      throws IOException {
    if (keys.contains(key)) {
      logs.append(
          log.apply(SessionKey.parse(key)),
          new RecordedMessage(
              record.partition(),
              record.offset(),
              record.timestamp(),
              ByteBuffer.wrap(record.value())));
    }
  }

  private void read(String topic, Optional<Instant> since, Sink sink) throws IOException {
    Properties properties = new Properties();
    properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
    properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    properties.put(
        ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, Long.toString(PATIENCE.toMillis()));
    properties.putAll(kafka);
    properties.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(p -> new TopicPartition(topic, p.partition()))
              .toList();
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      consumer.assign(partitions);
      seek(consumer, partitions, since, ends);
      while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          TopicPartition partition = new TopicPartition(record.topic(), record.partition());
          if (record.offset() < ends.get(partition)
              && record.key() != null
              && record.value() != null) {
            sink.accept(new String(record.key(), StandardCharsets.UTF_8), record);
          }
        }
      }
    } catch (KafkaException e) {
      throw new IOException(
          "Topic %s at %s cannot be read: %s".formatted(topic, bootstrap, e.getMessage()), e);
    }
  }

  private static void seek(
      KafkaConsumer<byte[], byte[]> consumer,
      List<TopicPartition> partitions,
      Optional<Instant> since,
      Map<TopicPartition, Long> ends) {
    consumer.seekToBeginning(partitions);
    if (since.isEmpty()) {
      return;
    }
    Map<TopicPartition, Long> times = new HashMap<>();
    partitions.forEach(p -> times.put(p, since.get().toEpochMilli()));
    for (Map.Entry<TopicPartition, OffsetAndTimestamp> entry :
        consumer.offsetsForTimes(times).entrySet()) {
      // Nothing since then: there is nothing to read.
      consumer.seek(
          entry.getKey(),
          entry.getValue() == null ? ends.get(entry.getKey()) : entry.getValue().offset());
    }
  }
}
