package io.avatarflow.jobs.replay;

import io.avatarflow.jobs.kafka.StagedHeaders;
import io.avatarflow.schemas.DecisionMark;
import io.avatarflow.schemas.RecordCodec;
import io.avatarflow.schemas.SessionKey;
import io.avatarflow.schemas.SessionPartitioner;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A topic, the recorded offsets and the decisions in {@link StagedHeaders}. */
final class StagingTopic implements Staging {
  private static final int MOST_UNSENT = 256;

  private final String topic;
  private final KafkaProducer<byte[], byte[]> producer;
  private final SessionPartitioner partitioner;
  private final List<Future<RecordMetadata>> unsent = new ArrayList<>();

  /**
   * @param bootstrap brokers of the topic
   * @param kafka settings of the client, passed through
   * @param topic which must exist
   * @param maxParallelism the job's max parallelism
   */
  StagingTopic(String bootstrap, Properties kafka, String topic, int maxParallelism) {
    this.topic = topic;
    Properties properties = new Properties();
    properties.putAll(kafka);
    properties.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
    properties.put(
        ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Integer.toString(RecordCodec.MAX_BYTES + 10_000));
    this.producer =
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    this.partitioner = new SessionPartitioner(maxParallelism, producer.partitionsFor(topic).size());
  }

  @Override
  public void input(SessionKey key, long offset, byte[] value) throws IOException {
    send(key, value, StagedHeaders.OFFSET, Long.toString(offset));
  }

  @Override
  public void decisions(SessionKey key, List<DecisionMark> decisions) throws IOException {
    send(key, StagedHeaders.encode(decisions), StagedHeaders.DECISIONS, "");
  }

  private void send(SessionKey key, byte[] value, String header, String text) throws IOException {
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(topic, partitioner.partition(key), key.toBytes(), value);
    record.headers().add(header, text.getBytes(StandardCharsets.UTF_8));
    unsent.add(producer.send(record));
    if (unsent.size() >= MOST_UNSENT) {
      settle();
    }
  }

  @Override
  public void settle() throws IOException {
    producer.flush();
    for (Future<RecordMetadata> future : unsent) {
      try {
        future.get();
      } catch (ExecutionException e) {
        throw new IOException(
            "Staging topic %s did not take a record: %s"
                .formatted(topic, e.getCause().getMessage()),
            e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("Interrupted while staging the recording.", e);
      }
    }
    unsent.clear();
  }

  @Override
  public void close() {
    producer.close();
  }
}
