package io.avatarflow.jobs.replay;

import io.avatarflow.schemas.RecordedMessage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;

/** An Avro container file of RecordedMessage. */
record MessageLog(Path file) {

  boolean exists() {
    return Files.isRegularFile(file);
  }

  /** Opens the file for reading, from its first record on. */
  DataFileReader<RecordedMessage> read() throws IOException {
    try {
      return new DataFileReader<>(file.toFile(), new SpecificDatumReader<>(RecordedMessage.class));
    } catch (IOException e) {
      throw new IOException("Recording %s cannot be read: %s".formatted(file, e.getMessage()), e);
    }
  }

  /** Opens the file for writing: behind what it holds when it exists, new otherwise. */
  DataFileWriter<RecordedMessage> append() throws IOException {
    DataFileWriter<RecordedMessage> writer =
        new DataFileWriter<>(new SpecificDatumWriter<>(RecordedMessage.class));
    if (exists()) {
      return writer.appendTo(file.toFile());
    }
    Files.createDirectories(file.getParent());
    return writer.create(RecordedMessage.getClassSchema(), file.toFile());
  }
}
