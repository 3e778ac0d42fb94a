package io.avatarflow.jobs.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** Deletes folders that others may still be writing to. */
public final class Folders {
  private static final int ATTEMPTS = 20;

  private Folders() {}

  /**
   * Deletes a folder and everything in it; does nothing if it is not there. What appears or goes
   * meanwhile is looked for again, a few times.
   *
   * @throws IOException if something could not be deleted
   */
  public static void delete(Path folder) throws IOException {
    for (int attempt = 1; Files.exists(folder); attempt++) {
      try (Stream<Path> paths = Files.walk(folder)) {
        for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(path);
        }
      } catch (DirectoryNotEmptyException | NoSuchFileException | UncheckedIOException e) {
        if (attempt == ATTEMPTS) {
          throw new IOException(
              "Folder %s cannot be deleted: something still writes to it; delete it by hand."
                  .formatted(folder),
              e);
        }
      }
    }
  }
}
