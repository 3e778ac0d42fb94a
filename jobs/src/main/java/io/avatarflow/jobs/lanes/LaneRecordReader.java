package io.avatarflow.jobs.lanes;

import io.avatarflow.operators.stage.Origin;
import io.avatarflow.operators.stage.SessionRecord;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Another reader's records, of which those on a wrong partition become {@link
 * SessionRecord.Reject}.
 *
 * <p>Without an exchange a session's state lies where its partition is read; a record elsewhere
 * would fail the task that touches it. Rejects travel under a key of their partition for the same
 * reason.
 */
final class LaneRecordReader implements KafkaRecordDeserializationSchema<SessionRecord> {
  private static final long serialVersionUID = 1L;

  private final KafkaRecordDeserializationSchema<SessionRecord> records;
  private final LaneLayout layout;
  private transient Map<Integer, String> placeholders;
  private transient int partition;
  private transient ConsumerRecord<byte[], byte[]> current;
  private transient Collector<SessionRecord> out;
  private transient Collector<SessionRecord> check;

  LaneRecordReader(KafkaRecordDeserializationSchema<SessionRecord> records, LaneLayout layout) {
    this.records = records;
    this.layout = layout;
  }

  @Override
  public void open(DeserializationSchema.InitializationContext context) throws Exception {
    records.open(context);
  }

  @Override
  public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<SessionRecord> target)
      throws IOException {
    if (check == null) {
      placeholders = new HashMap<>();
      check = new Check();
    }
    partition = record.partition();
    current = record;
    out = target;
    records.deserialize(record, check);
  }

  private SessionRecord placed(SessionRecord record) {
    boolean reject = record instanceof SessionRecord.Reject;
    int home = layout.partition(record.sessionKey());
    if (home == partition) {
      return record;
    }
    String key = placeholders.computeIfAbsent(partition, layout::placeholder);
    if (reject) {
      SessionRecord.Reject r = (SessionRecord.Reject) record;
      return new SessionRecord.Reject(key, r.key(), r.value(), r.origin(), r.reason());
    }
    return new SessionRecord.Reject(
        key, current.key(), current.value(), origin(record), reason(record.sessionKey(), home));
  }

  private Origin origin(SessionRecord record) {
    return record instanceof SessionRecord.Input input
        ? input.origin()
        : new Origin(current.topic(), partition, current.offset(), 0);
  }

  private String reason(String sessionKey, int home) {
    return "Session \"%s\" belongs on partition %d of %d, the record is on %d; choose the partition by Flink's key group of the key, as partitioner-vectors.json shows."
        .formatted(sessionKey, home, layout.partitions(), partition);
  }

  @Override
  public TypeInformation<SessionRecord> getProducedType() {
    return records.getProducedType();
  }

  /** Passes on what lies where it belongs. */
  private final class Check implements Collector<SessionRecord> {
    @Override
    public void collect(SessionRecord record) {
      out.collect(placed(record));
    }

    @Override
    public void close() {
      out.close();
    }
  }
}
