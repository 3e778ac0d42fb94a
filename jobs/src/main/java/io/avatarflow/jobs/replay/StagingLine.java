package io.avatarflow.jobs.replay;

import io.avatarflow.jobs.kafka.InputRecordReader;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.schemas.DecisionMark;
import io.avatarflow.schemas.SessionKey;
import io.avatarflow.schemas.Topics;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.functions.util.ListCollector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** A {@link ReplayLine}; records are read as those of a topic are, and rejected for the same. */
final class StagingLine implements Staging {
  private final ReplayLine line;
  private final InputRecordReader reader = new InputRecordReader();

  StagingLine(ReplayLine line) {
    this.line = line;
  }

  @Override
  public void input(SessionKey key, long offset, byte[] value) throws IOException {
    List<SessionRecord> records = new ArrayList<>(1);
    reader.deserialize(
        new ConsumerRecord<>(Topics.DEFAULT.input(), 0, offset, key.toBytes(), value),
        new ListCollector<>(records));
    for (SessionRecord record : records) {
      put(record);
    }
  }

  @Override
  public void decisions(SessionKey key, List<DecisionMark> decisions) throws IOException {
    put(new SessionRecord.Decisions(key.toString(), decisions));
  }

  private void put(SessionRecord record) throws IOException {
    try {
      line.put(record);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while feeding the recording.", e);
    }
  }

  @Override
  public void settle() {
    // What was put is there.
  }

  @Override
  public void close() {
    line.end();
  }
}
