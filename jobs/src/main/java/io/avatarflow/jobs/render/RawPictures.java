package io.avatarflow.jobs.render;

import io.avatarflow.jobs.local.Folders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;

/**
 * The folder that a render's pictures go to before encoding: the job writes into a part of it that
 * is hidden, and {@link #complete} moves them to where the user wants them.
 *
 * <p>Closing without completing leaves the folder as it was found.
 */
final class RawPictures implements AutoCloseable {
  private final Path folder;
  private final Path part;
  private final boolean made;

  private RawPictures(Path folder, Path part, boolean made) {
    this.folder = folder;
    this.part = part;
    this.made = made;
  }

  /** Opens a folder, which is made if it is not there; its parent has to be. */
  static RawPictures in(Path folder) throws IOException {
    if (Files.exists(folder) && !Files.isDirectory(folder)) {
      throw new IOException("Frames folder %s is a file; name a folder.".formatted(folder));
    }
    boolean made = !Files.exists(folder);
    try {
      if (made) {
        Files.createDirectory(folder);
      }
      return new RawPictures(folder, Files.createTempDirectory(folder, ".part-"), made);
    } catch (IOException e) {
      throw new IOException(
          "Frames folder %s cannot be written; choose a place that exists and that you may write to."
              .formatted(folder),
          e);
    }
  }

  /** Where the job writes. */
  Path part() {
    return part.toAbsolutePath();
  }

  /** Moves the pictures of a session to their place. */
  void complete(String sessionKey) throws IOException {
    try (Stream<Path> pictures = Files.list(part.resolve(sessionKey))) {
      List<Path> all = pictures.toList();
      for (Path picture : all) {
        Files.move(
            picture, folder.resolve(picture.getFileName()), StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  @Override
  public void close() throws IOException {
    Folders.delete(part);
    if (made) {
      try (Stream<Path> left = Files.list(folder)) {
        if (left.findAny().isPresent()) {
          return;
        }
      }
      Files.delete(folder);
    }
  }
}
