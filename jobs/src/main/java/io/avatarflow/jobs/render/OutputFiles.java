package io.avatarflow.jobs.render;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Stream;

/** Finds out before any work is done whether a render's files can be written. */
final class OutputFiles {
  private OutputFiles() {}

  static void check(RenderRequest request) throws IOException {
    checkFile(request.out());
    if (request.report().isPresent()) {
      checkFile(request.report().get());
    }
    if (request.contactSheet().isPresent()) {
      checkFile(request.contactSheet().get());
    }
    if (request.framesDir().isPresent()) {
      checkFolder(request.framesDir().get());
    }
  }

  /**
   * Moves the pictures of a session from its own folder below {@code folder} into {@code folder}
   * itself.
   */
  static void lift(Path folder, String sessionKey) throws IOException {
    Path from = folder.resolve(sessionKey);
    if (!Files.isDirectory(from)) {
      return;
    }
    try (Stream<Path> pictures = Files.list(from)) {
      for (Path picture : pictures.toList()) {
        Files.move(
            picture, folder.resolve(picture.getFileName()), StandardCopyOption.REPLACE_EXISTING);
      }
    }
    for (Path empty = from; !empty.equals(folder); empty = empty.getParent()) {
      Files.delete(empty);
    }
  }

  private static void checkFile(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new IOException("Output %s is a folder; name a file in it.".formatted(file));
    }
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new IOException(
          "Output %s: the folder %s does not exist; create it first.".formatted(file, folder));
    }
    if (!Files.isWritable(folder) || (Files.exists(file) && !Files.isWritable(file))) {
      throw new IOException(
          "Output %s cannot be written; choose a place that you may write to.".formatted(file));
    }
  }

  private static void checkFolder(Path folder) throws IOException {
    if (Files.exists(folder) && !Files.isDirectory(folder)) {
      throw new IOException("Frames folder %s is a file; name a folder.".formatted(folder));
    }
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new IOException(
          "Frames folder %s cannot be made; choose a place that you may write to."
              .formatted(folder),
          e);
    }
    if (!Files.isWritable(folder)) {
      throw new IOException(
          "Frames folder %s cannot be written; choose another one.".formatted(folder));
    }
  }
}
