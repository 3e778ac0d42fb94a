package io.avatarflow.jobs.replay;

import io.avatarflow.operators.stage.SessionRecord;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;

/** Gives what leaves the graph to the {@link ReplayLine} of this process. */
record LineSink(String line) implements Sink<SessionRecord> {
  @Override
  public SinkWriter<SessionRecord> createWriter(WriterInitContext context) {
    ReplayLine open = ReplayLine.of(line);
    return new SinkWriter<>() {
      @Override
      public void write(SessionRecord record, Context context) throws InterruptedException {
        open.give(record);
      }

      @Override
      public void flush(boolean endOfInput) {
        // A record that was given is there.
      }

      @Override
      public void close() {
        // The line is the replay's.
      }
    };
  }
}
