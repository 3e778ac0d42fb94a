package io.avatarflow.jobs.client;

import io.avatarflow.schemas.MalformedRecordException;
import io.avatarflow.schemas.RecordCodec;
import io.avatarflow.schemas.SessionOutput;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads all records of a topic from its beginning or from now on, in the order of each partition,
 * with duplicates as they are.
 *
 * <p>Not thread-safe, but {@link #wakeup} may be called from another thread.
 *
 * @param <T> the record, for example {@link SessionOutput}
 */
public final class SessionReader<T extends SpecificRecord> implements AutoCloseable {
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final RecordCodec<T> codec;

  /**
   * @param bootstrap brokers as host:port
   * @param topic the topic
   * @param codec how its values are encoded
   */
  public SessionReader(String bootstrap, String topic, RecordCodec<T> codec) {
    this(bootstrap, topic, codec, new Properties());
    consumer.seekToBeginning(consumer.assignment());
  }

  private SessionReader(String bootstrap, String topic, RecordCodec<T> codec, Properties kafka) {
    Properties properties = new Properties();
    properties.putAll(kafka);
    properties.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
    properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
    properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    this.consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    this.codec = codec;
    List<TopicPartition> partitions =
        consumer.partitionsFor(topic).stream()
            .map(p -> new TopicPartition(topic, p.partition()))
            .toList();
    consumer.assign(partitions);
  }

  /**
   * A reader of what is written from now on.
   *
   * @param bootstrap brokers as host:port
   * @param topic the topic
   * @param codec how its values are encoded
   * @param kafka settings of the client, passed through
   */
  public static <T extends SpecificRecord> SessionReader<T> fromNowOn(
      String bootstrap, String topic, RecordCodec<T> codec, Properties kafka) {
    SessionReader<T> reader = new SessionReader<>(bootstrap, topic, codec, kafka);
    reader.consumer.seekToEnd(reader.consumer.assignment());
    // Seeking is lazy: without the question "now" would be the first poll.
    reader.consumer.assignment().forEach(reader.consumer::position);
    return reader;
  }

  /** The records that arrived, empty when none did in time. */
  public List<T> poll(Duration timeout) throws MalformedRecordException {
    List<T> records = new ArrayList<>();
    for (ConsumerRecord<byte[], byte[]> record : consumer.poll(timeout)) {
      records.add(codec.decode(record.value()));
    }
    return records;
  }

  /** Makes a waiting {@link #poll} throw Kafka's WakeupException. */
  public void wakeup() {
    consumer.wakeup();
  }

  @Override
  public void close() {
    consumer.close();
  }
}
