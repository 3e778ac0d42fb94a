package io.avatarflow.operators.codec;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file that is written under another name beside its target and takes the target's name only when
 * it is whole.
 */
final class PartFile {
  private static final Logger LOG = LoggerFactory.getLogger(PartFile.class);

  private final Path target;
  private final Path part;
  private boolean open = true;

  private PartFile(Path target, Path part) {
    this.target = target;
    this.part = part;
  }

  /** Makes the part, which shows at once whether the target's folder can be written to. */
  static PartFile beside(Path target) {
    Path absolute = target.toAbsolutePath();
    if (Files.isDirectory(absolute)) {
      throw new MediaException("File %s is a folder; give the name of a file.".formatted(target));
    }
    Path part =
        absolute.resolveSibling(
            ".%s.%08x.part"
                .formatted(absolute.getFileName(), ThreadLocalRandom.current().nextInt()));
    try {
      Files.createFile(part);
    } catch (NoSuchFileException e) {
      throw new MediaException(
          "File %s cannot be written: its folder does not exist; create %s first."
              .formatted(target, absolute.getParent()),
          e);
    } catch (AccessDeniedException e) {
      throw new MediaException(
          "File %s cannot be written: folder %s is write-protected; choose another place."
              .formatted(target, absolute.getParent()),
          e);
    } catch (IOException e) {
      throw new MediaException(
          "File %s cannot be written (%s); choose another place.".formatted(target, e.getMessage()),
          e);
    }
    return new PartFile(target, part);
  }

  Path target() {
    return target;
  }

  Path part() {
    return part;
  }

  /** Gives the whole file its name; an old file of that name goes. */
  void complete() {
    try {
      Path absolute = target.toAbsolutePath();
      try {
        Files.move(part, absolute, StandardCopyOption.ATOMIC_MOVE);
      } catch (AtomicMoveNotSupportedException e) {
        LOG.debug("{} cannot be renamed in one go.", part, e);
        Files.move(part, absolute, StandardCopyOption.REPLACE_EXISTING);
      }
      open = false;
    } catch (IOException e) {
      throw new MediaException(
          "File %s cannot be written (%s); choose another place.".formatted(target, e.getMessage()),
          e);
    }
  }

  /** Deletes the part, if it was not completed. */
  void abandon() {
    if (open) {
      open = false;
      try {
        Files.deleteIfExists(part);
      } catch (IOException e) {
        LOG.warn("Unfinished file {} cannot be deleted; delete it by hand.", part, e);
      }
    }
  }
}
