package io.avatarflow.jobs.render;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds out before any work is done whether a render's files can be written. */
final class OutputFiles {
  private static final Logger LOG = LoggerFactory.getLogger(OutputFiles.class);

  private OutputFiles() {}

  static void check(RenderRequest request) throws IOException {
    checkFile(request.out());
    if (request.report().isPresent()) {
      checkFile(request.report().get());
    }
    if (request.record().isPresent()) {
      checkFile(request.record().get());
    }
    if (request.contactSheet().isPresent()) {
      checkFile(request.contactSheet().get());
    }
    if (request.audio().isPresent() && same(request.audio().get(), request.out())) {
      throw new IOException(
          "Output %s is the sound that is read; name another file.".formatted(request.out()));
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
    if (!canWrite(folder) || (Files.exists(file) && !Files.isWritable(file))) {
      throw new IOException(
          "Output %s cannot be written; choose a place that you may write to.".formatted(file));
    }
  }

  /** Tries it: rights alone do not tell of file systems that are read-only or take no files. */
  private static boolean canWrite(Path folder) {
    try {
      Files.delete(Files.createTempFile(folder, ".avatarflow-", ".part"));
      return true;
    } catch (IOException e) {
      LOG.debug("Folder {} takes no file.", folder, e);
      return false;
    }
  }

  private static boolean same(Path one, Path other) throws IOException {
    return Files.exists(one) && Files.exists(other) && Files.isSameFile(one, other);
  }
}
