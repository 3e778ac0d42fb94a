package io.avatarflow.jobs.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.jobs.client.TestSpeech;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.schemas.RecordCodec;
import io.avatarflow.schemas.SessionInput;
import io.avatarflow.schemas.SessionKey;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

class InputRecordReaderTest {
  private static final SessionKey KEY = new SessionKey("acme", "one");

  @Test
  void aTenantThatTheTopicIsNotForIsRejectedWithItsBytes() {
    ConsumerRecord<byte[], byte[]> record = record();
    assertThat(read(new InputRecordReader(List.of("globex")), record))
        .isInstanceOfSatisfying(
            SessionRecord.Reject.class,
            reject -> {
              assertThat(reject.reason()).contains("Tenant \"acme\" is not served here");
              assertThat(reject.value()).isEqualTo(record.value());
            });
  }

  @Test
  void sessionsOfTheTenantsAndOfAnybodyWhenNoneIsNamedAreTaken() {
    assertThat(read(new InputRecordReader(List.of("globex", "acme")), record()))
        .isInstanceOf(SessionRecord.Input.class);
    assertThat(read(new InputRecordReader(), record())).isInstanceOf(SessionRecord.Input.class);
  }

  private static ConsumerRecord<byte[], byte[]> record() {
    SessionInput input =
        new SessionInput(KEY.toString(), 0L, TestSpeech.session(KEY, "probe", 0.1).get(0));
    return new ConsumerRecord<>(
        "avatar.input", 0, 7, KEY.toBytes(), RecordCodec.input().encode(input));
  }

  private static SessionRecord read(
      InputRecordReader reader, ConsumerRecord<byte[], byte[]> record) {
    List<SessionRecord> records = new ArrayList<>();
    reader.deserialize(
        record,
        new Collector<>() {
          @Override
          public void collect(SessionRecord read) {
            records.add(read);
          }

          @Override
          public void close() {
            records.clear();
          }
        });
    assertThat(records).hasSize(1);
    return records.get(0);
  }
}
