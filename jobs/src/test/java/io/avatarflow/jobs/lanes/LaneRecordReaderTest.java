package io.avatarflow.jobs.lanes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.avatarflow.jobs.kafka.InputRecordReader;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.schemas.CloseMode;
import io.avatarflow.schemas.RecordCodec;
import io.avatarflow.schemas.SessionClose;
import io.avatarflow.schemas.SessionInput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.functions.util.ListCollector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

class LaneRecordReaderTest {
  private static final LaneLayout LAYOUT = new LaneLayout(60, 12);
  private static final String KEY = "tenant/session";
  private static final byte[] VALUE =
      RecordCodec.input()
          .encode(new SessionInput(KEY, 0L, new SessionClose(CloseMode.DRAIN)))
          .clone();

  @Test
  void aRecordOnItsPartitionPasses() throws IOException {
    assertThat(read(LAYOUT.partition(KEY), KEY, VALUE)).isInstanceOf(SessionRecord.Input.class);
  }

  @Test
  void aRecordOnAnotherPartitionIsRejectedWithItsBytesAndTheReason() throws IOException {
    int home = LAYOUT.partition(KEY);
    int wrong = (home + 1) % 12;

    SessionRecord record = read(wrong, KEY, VALUE);

    assertThat(record)
        .asInstanceOf(type(SessionRecord.Reject.class))
        .satisfies(
            reject -> {
              assertThat(reject.value()).isEqualTo(VALUE);
              assertThat(reject.key()).isEqualTo(KEY.getBytes(StandardCharsets.UTF_8));
              assertThat(reject.origin().partition()).isEqualTo(wrong);
              assertThat(reject.reason())
                  .contains("\"tenant/session\" belongs on partition %d of 12".formatted(home))
                  .contains("is on " + wrong);
            });
  }

  @Test
  void everyRejectTravelsUnderAKeyOfItsPartition() throws IOException {
    for (int partition = 0; partition < 12; partition++) {
      assertThat(LAYOUT.partition(read(partition, "no key", VALUE).sessionKey()))
          .isEqualTo(partition);
      assertThat(LAYOUT.partition(read(partition, KEY, new byte[] {1, 2}).sessionKey()))
          .isEqualTo(partition);
      assertThat(LAYOUT.partition(read(partition, KEY, VALUE).sessionKey())).isEqualTo(partition);
    }
  }

  private static SessionRecord read(int partition, String key, byte[] value) throws IOException {
    List<SessionRecord> records = new ArrayList<>();
    new LaneRecordReader(new InputRecordReader(), LAYOUT)
        .deserialize(
            new ConsumerRecord<>(
                "avatar.input", partition, 7, key.getBytes(StandardCharsets.UTF_8), value),
            new ListCollector<>(records));
    assertThat(records).hasSize(1);
    return records.get(0);
  }
}
