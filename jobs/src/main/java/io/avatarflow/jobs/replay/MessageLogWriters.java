package io.avatarflow.jobs.replay;

import io.avatarflow.schemas.RecordedMessage;
import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.avro.file.DataFileWriter;

/** Writes to many logs with few open files: the one used longest ago is closed, and appended to. */
final class MessageLogWriters implements AutoCloseable {
  private static final int OPEN_FILES = 128;

  private final Map<MessageLog, DataFileWriter<RecordedMessage>> open =
      new LinkedHashMap<>(OPEN_FILES, 0.75f, true);

  void append(MessageLog log, RecordedMessage message) throws IOException {
    DataFileWriter<RecordedMessage> writer = open.get(log);
    if (writer == null) {
      writer = log.append();
      open.put(log, writer);
      if (open.size() > OPEN_FILES) {
        Iterator<DataFileWriter<RecordedMessage>> writers = open.values().iterator();
        writers.next().close();
        writers.remove();
      }
    }
    writer.append(message);
  }

  @Override
  public void close() throws IOException {
    IOException failure = null;
    for (DataFileWriter<RecordedMessage> writer : open.values()) {
      try {
        writer.close();
      } catch (IOException e) {
        failure = e;
      }
    }
    open.clear();
    if (failure != null) {
      throw failure;
    }
  }
}
