package io.avatarflow.jobs.kafka;

import io.avatarflow.operators.host.SessionRecordTypeInfo;
import io.avatarflow.operators.stage.Origin;
import io.avatarflow.operators.stage.SessionRecord;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/**
 * Reads a staging topic: input records under the offsets they had when they were recorded, and the
 * decisions that were made about them.
 */
public final class StagedRecordReader implements KafkaRecordDeserializationSchema<SessionRecord> {
  private static final long serialVersionUID = 1L;

  private final InputRecordReader inputs = new InputRecordReader();

  @Override
  public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<SessionRecord> out)
      throws IOException {
    if (record.headers().lastHeader(StagedHeaders.DECISIONS) != null) {
      out.collect(
          new SessionRecord.Decisions(
              new String(record.key(), StandardCharsets.UTF_8),
              StagedHeaders.decode(record.value())));
    } else {
      inputs.deserialize(record, new Renumbered(offset(record), out));
    }
  }

  private static long offset(ConsumerRecord<byte[], byte[]> record) throws IOException {
    Header header = record.headers().lastHeader(StagedHeaders.OFFSET);
    if (header == null) {
      return record.offset();
    }
    String text = new String(header.value(), StandardCharsets.UTF_8);
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new IOException(
          "Record %d of staging topic %s has the recorded offset \"%s\"; stage the recording again."
              .formatted(record.offset(), record.topic(), text),
          e);
    }
  }

  @Override
  public TypeInformation<SessionRecord> getProducedType() {
    return SessionRecordTypeInfo.INSTANCE;
  }

  /** Gives input records their recorded offset. */
  private record Renumbered(long offset, Collector<SessionRecord> out)
      implements Collector<SessionRecord> {
    @Override
    public void collect(SessionRecord record) {
      if (record instanceof SessionRecord.Input input) {
        Origin o = input.origin();
        out.collect(
            new SessionRecord.Input(
                input.sessionKey(),
                input.input(),
                new Origin(o.topic(), o.partition(), offset, o.arrivedMicros(), o.traceparent())));
      } else {
        out.collect(record);
      }
    }

    @Override
    public void close() {
      out.close();
    }
  }
}
