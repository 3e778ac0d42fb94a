package io.avatarflow.jobs.replay;

import io.avatarflow.jobs.client.StreamCursor;
import io.avatarflow.schemas.MalformedRecordException;
import io.avatarflow.schemas.RecordCodec;
import io.avatarflow.schemas.RecordedMessage;
import io.avatarflow.schemas.SessionKey;
import io.avatarflow.schemas.SessionOutput;
import java.io.IOException;
import org.apache.avro.file.DataFileReader;

/** Adds to a recording the files for people: of each session the video and the lines of JSON. */
public final class RecordingExport {
  private RecordingExport() {}

  /** Writes the files of all sessions whose output was recorded; returns how many those are. */
  public static int write(RecordingFolder recording) throws IOException {
    int written = 0;
    for (SessionKey key : recording.sessions()) {
      if (recording.output(key).exists()) {
        write(recording, key);
        written++;
      }
    }
    return written;
  }

  private static void write(RecordingFolder recording, SessionKey key) throws IOException {
    MessageLog output = recording.output(key);
    StreamCursor cursor = new StreamCursor();
    try (DataFileReader<RecordedMessage> log = output.read();
        SessionExport export = new SessionExport(recording, key)) {
      while (log.hasNext()) {
        SessionOutput record = RecordCodec.output().decode(RecordedDecisions.bytes(log.next()));
        if (cursor.accept(record) == StreamCursor.Verdict.TAKE) {
          export.add(record);
        }
      }
      export.finish();
    } catch (MalformedRecordException e) {
      throw new IOException(
          "Recording %s holds a record that cannot be read: %s"
              .formatted(output.file(), e.getMessage()),
          e);
    }
  }
}
