package io.avatarflow.jobs.client;

import io.avatarflow.schemas.RecordCodec;
import io.avatarflow.schemas.SessionInput;
import io.avatarflow.schemas.SessionKey;
import io.avatarflow.schemas.SessionPartitioner;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Properties;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Writes the input records of sessions to the input topic, each to the partition of its key.
 *
 * <p>Not thread-safe. A record that the broker refused makes the next {@link #send} or {@link
 * #close} throw.
 */
public final class SessionWriter implements AutoCloseable {
  private final KafkaProducer<byte[], byte[]> producer;
  private final RecordCodec<SessionInput> codec = RecordCodec.input();
  private final AtomicReference<Exception> failure = new AtomicReference<>();
  private final String topic;
  private final SessionPartitioner partitioner;

  /**
   * @param bootstrap brokers as host:port
   * @param topic the input topic
   * @param maxParallelism the job's max parallelism
   */
  public SessionWriter(String bootstrap, String topic, int maxParallelism) {
    this(bootstrap, topic, maxParallelism, new Properties());
  }

  /**
   * @param bootstrap brokers as host:port
   * @param topic the input topic
   * @param maxParallelism the job's max parallelism
   * @param kafka settings of the client, passed through
   */
  public SessionWriter(String bootstrap, String topic, int maxParallelism, Properties kafka) {
    Properties properties = new Properties();
    properties.put(ProducerConfig.LINGER_MS_CONFIG, "0");
    properties.putAll(kafka);
    properties.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
    properties.put(
        ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Integer.toString(RecordCodec.MAX_BYTES + 10_000));
    this.producer =
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    this.topic = topic;
    this.partitioner = new SessionPartitioner(maxParallelism, producer.partitionsFor(topic).size());
  }

  /** Sends one body under the session's key, stamped with the time of now. */
  public void send(SessionKey key, Object body) {
    rethrow();
    SessionInput input =
        SessionInput.newBuilder()
            .setSessionKey(key.toString())
            .setProducedAtMicros(ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()))
            .setBody(body)
            .build();
    Future<RecordMetadata> unused =
        producer.send(
            new ProducerRecord<>(
                topic, partitioner.partition(key), key.toBytes(), codec.encode(input)),
            (metadata, exception) -> {
              if (exception != null) {
                failure.compareAndSet(null, exception);
              }
            });
  }

  /** Waits until everything sent is with the broker. */
  public void flush() {
    producer.flush();
    rethrow();
  }

  @Override
  public void close() {
    producer.close();
    rethrow();
  }

  private void rethrow() {
    Exception cause = failure.get();
    if (cause != null) {
      throw new IllegalStateException(
          "Topic %s did not take a record: %s".formatted(topic, cause.getMessage()), cause);
    }
  }
}
