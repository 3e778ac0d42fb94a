package io.avatarflow.jobs.kafka;

import io.avatarflow.operators.stage.Origin;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.schemas.RecordCodec;
import io.avatarflow.schemas.RejectHeaders;
import io.avatarflow.schemas.SessionEvent;
import io.avatarflow.schemas.SessionKey;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.SessionPartitioner;
import java.nio.charset.StandardCharsets;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Turns what leaves the graph into Kafka records: emissions to the frames topic, events to the
 * events topic, rejects to the rejects topic with their bytes as they came.
 *
 * <p>Emissions and events go to the partition that {@link SessionPartitioner} chooses, as the input
 * does. How many there are is told: the connector makes a client of its own to ask, and viewers
 * wait for a restore.
 */
public final class OutputRecordWriter implements KafkaRecordSerializationSchema<SessionRecord> {
  private static final long serialVersionUID = 1L;

  private final String topic;
  private final int maxParallelism;
  private final int partitions;
  private transient RecordCodec<SessionOutput> outputs;
  private transient RecordCodec<SessionEvent> events;
  private transient SessionPartitioner partitioner;

  /**
   * @param topic where the records go
   * @param maxParallelism the job's max parallelism, which the partitioner needs
   * @param partitions how many the topic has
   */
  public OutputRecordWriter(String topic, int maxParallelism, int partitions) {
    this.topic = topic;
    this.maxParallelism = maxParallelism;
    this.partitions = partitions;
  }

  @Override
  public void open(
      SerializationSchema.InitializationContext context, KafkaSinkContext sinkContext) {
    outputs = RecordCodec.output();
    events = RecordCodec.event();
    partitioner = new SessionPartitioner(maxParallelism, partitions);
  }

  @Override
  public ProducerRecord<byte[], byte[]> serialize(
      SessionRecord record, KafkaSinkContext context, Long timestamp) {
    if (record instanceof SessionRecord.Emission emission) {
      ProducerRecord<byte[], byte[]> keyed =
          keyed(record.sessionKey(), outputs.encode(emission.output()));
      TraceHeader.write(emission.traceparent(), keyed.headers());
      return keyed;
    }
    if (record instanceof SessionRecord.Event event) {
      return keyed(record.sessionKey(), events.encode(event.event()));
    }
    if (record instanceof SessionRecord.Reject reject) {
      return rejected(reject);
    }
    throw new IllegalStateException(
        "A %s cannot be written to topic %s.".formatted(record.getClass().getSimpleName(), topic));
  }

  private ProducerRecord<byte[], byte[]> keyed(String sessionKey, byte[] value) {
    SessionKey key = SessionKey.parse(sessionKey);
    return new ProducerRecord<>(topic, partitioner.partition(key), key.toBytes(), value);
  }

  private ProducerRecord<byte[], byte[]> rejected(SessionRecord.Reject reject) {
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(topic, null, reject.key(), reject.value());
    Origin origin = reject.origin();
    header(record, RejectHeaders.TOPIC, origin.topic());
    header(record, RejectHeaders.PARTITION, Integer.toString(origin.partition()));
    header(record, RejectHeaders.OFFSET, Long.toString(origin.offset()));
    header(record, RejectHeaders.REASON, reject.reason());
    TraceHeader.write(origin.traceparent(), record.headers());
    return record;
  }

  private static void header(ProducerRecord<byte[], byte[]> record, String name, String value) {
    record.headers().add(name, value.getBytes(StandardCharsets.UTF_8));
  }
}
