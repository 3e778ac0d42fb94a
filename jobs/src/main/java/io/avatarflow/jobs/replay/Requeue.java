package io.avatarflow.jobs.replay;

import io.avatarflow.schemas.RecordCodec;
import io.avatarflow.schemas.RejectHeaders;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Puts records of the rejects topic back where they came from, with their bytes and partition as
 * they were.
 *
 * <p>How far it came is kept as committed offsets of a consumer group, moved in the same
 * transaction that writes, so that a record is put back once, however often this runs. One thread.
 */
public final class Requeue {
  private static final Duration POLL = Duration.ofMillis(500);

  private final String bootstrap;
  private final Properties kafka;
  private final String rejects;
  private final String group;

  /**
   * @param bootstrap brokers as host:port
   * @param kafka settings of the clients, passed through
   * @param rejects the rejects topic
   * @param group consumer group that remembers what was put back
   */
  public Requeue(String bootstrap, Properties kafka, String rejects, String group) {
    this.bootstrap = bootstrap;
    this.kafka = kafka;
    this.rejects = rejects;
    this.group = group;
  }

  /**
   * What was done.
   *
   * @param requeued put back, or what would be
   * @param passed over, because their reason does not match or their origin is not known
   */
  public record Summary(long requeued, long passed) {}

  /**
   * Puts records back.
   *
   * @param reason only those whose reason contains this; empty for all
   * @param dryRun true to count only
   */
  public Summary run(Optional<String> reason, boolean dryRun) throws IOException {
    try (KafkaConsumer<byte[], byte[]> consumer = consumer();
        KafkaProducer<byte[], byte[]> producer = producer()) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(rejects).stream()
              .map(p -> new TopicPartition(rejects, p.partition()))
              .toList();
      consumer.assign(partitions);
      Map<TopicPartition, OffsetAndMetadata> committed =
          consumer.committed(new HashSet<>(partitions));
      consumer.seekToBeginning(partitions);
      committed.forEach((p, o) -> seek(consumer, p, o));
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      if (!dryRun) {
        producer.initTransactions();
      }
      long requeued = 0;
      long passed = 0;
      while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
        Map<TopicPartition, OffsetAndMetadata> read = new HashMap<>();
        if (!dryRun) {
          producer.beginTransaction();
        }
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          TopicPartition partition = new TopicPartition(rejects, record.partition());
          Optional<ProducerRecord<byte[], byte[]>> back = back(record, reason);
          if (back.isPresent()) {
            requeued++;
          } else {
            passed++;
          }
          if (!dryRun && back.isPresent()) {
            var unused = producer.send(back.get());
          }
          read.put(partition, new OffsetAndMetadata(record.offset() + 1));
        }
        if (!dryRun) {
          producer.sendOffsetsToTransaction(read, consumer.groupMetadata());
          producer.commitTransaction();
        }
      }
      return new Summary(requeued, passed);
    } catch (KafkaException e) {
      throw new IOException(
          "Records of topic %s at %s cannot be put back: %s"
              .formatted(rejects, bootstrap, e.getMessage()),
          e);
    }
  }

  private static void seek(
      KafkaConsumer<byte[], byte[]> consumer, TopicPartition partition, OffsetAndMetadata offset) {
    if (offset != null) {
      consumer.seek(partition, offset);
    }
  }

  private static Optional<ProducerRecord<byte[], byte[]>> back(
      ConsumerRecord<byte[], byte[]> record, Optional<String> reason) {
    Optional<String> topic = header(record, RejectHeaders.TOPIC);
    Optional<String> partition = header(record, RejectHeaders.PARTITION);
    Optional<String> why = header(record, RejectHeaders.REASON);
    boolean wanted = reason.map(part -> why.orElse("").contains(part)).orElse(true);
    if (topic.isEmpty() || !wanted || !partition.orElse("").matches("[0-9]{1,9}")) {
      return Optional.empty();
    }
    return Optional.of(
        new ProducerRecord<>(
            topic.get(), Integer.valueOf(partition.get()), record.key(), record.value()));
  }

  private static Optional<String> header(ConsumerRecord<byte[], byte[]> record, String name) {
    Header header = record.headers().lastHeader(name);
    return header == null
        ? Optional.empty()
        : Optional.of(new String(header.value(), StandardCharsets.UTF_8));
  }

  private KafkaConsumer<byte[], byte[]> consumer() {
    Properties properties = new Properties();
    properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
    properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    properties.putAll(kafka);
    properties.put(ConsumerConfig.GROUP_ID_CONFIG, group);
    properties.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
    return new KafkaConsumer<>(
        properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  private KafkaProducer<byte[], byte[]> producer() {
    Properties properties = new Properties();
    properties.put(
        ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Integer.toString(RecordCodec.MAX_BYTES + 10_000));
    properties.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, group);
    properties.putAll(kafka);
    properties.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
    return new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
  }
}
