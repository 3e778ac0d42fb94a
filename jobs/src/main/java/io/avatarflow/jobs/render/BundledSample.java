package io.avatarflow.jobs.render;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/**
 * The audio file to use: the user's, or the bundled one copied out of the jar until {@link #close}.
 *
 * @param file the audio
 * @param temporary whether it is the copy
 */
public record BundledSample(Path file, boolean temporary) implements AutoCloseable {
  /** The file that was asked for, or the bundled sample where none was. */
  public static BundledSample or(Optional<Path> audio) throws IOException {
    if (audio.isPresent()) {
      return new BundledSample(audio.get(), false);
    }
    Path copy = Files.createTempFile("avatarflow-sample-", ".wav");
    try (InputStream in = BundledSample.class.getResourceAsStream("/samples/hello.wav")) {
      if (in == null) {
        throw new IOException("The bundled sample is not in the jar; build AvatarFlow again.");
      }
      Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
    }
    return new BundledSample(copy, true);
  }

  @Override
  public void close() throws IOException {
    if (temporary) {
      Files.deleteIfExists(file);
    }
  }
}
