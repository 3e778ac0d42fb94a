package io.avatarflow.jobs.render;

import io.avatarflow.schemas.SessionOutput;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.specific.SpecificDatumWriter;

/**
 * Everything that a session emitted, as it stood on the frames topic, in an Avro file that carries
 * its schema: frames with their traces, marks and decisions, for notebooks and other tools.
 */
final class Recording implements AutoCloseable {
  private final DataFileWriter<SessionOutput> writer;

  /**
   * @param file replaced when it is there
   */
  Recording(Path file) throws IOException {
    writer = new DataFileWriter<>(new SpecificDatumWriter<>(SessionOutput.class));
    try {
      writer.create(SessionOutput.getClassSchema(), file.toFile());
    } catch (IOException e) {
      throw new IOException(
          "The recording %s cannot be written (%s); name a file in a folder that is there."
              .formatted(file, e.getMessage()),
          e);
    }
  }

  void add(SessionOutput output) throws IOException {
    writer.append(output);
  }

  @Override
  public void close() throws IOException {
    writer.close();
  }
}
