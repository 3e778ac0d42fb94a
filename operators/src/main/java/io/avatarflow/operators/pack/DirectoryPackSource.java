package io.avatarflow.operators.pack;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** A pack in a directory; links that lead out of it are refused. */
final class DirectoryPackSource implements PackSource {
  private static final int MAX_DEPTH = 8;
  private static final int MAX_FILES = 1024;

  private final Path root;

  DirectoryPackSource(Path root) {
    this.root = root.normalize();
  }

  @Override
  public String location() {
    return root.toString();
  }

  @Override
  public Set<String> names() throws IOException {
    Set<String> names = new TreeSet<>();
    try (Stream<Path> paths = Files.walk(root, MAX_DEPTH)) {
      paths
          .filter(path -> !Files.isDirectory(path))
          .limit(MAX_FILES + 1L)
          .forEach(path -> names.add(root.relativize(path).toString().replace('\\', '/')));
    }
    if (names.size() > MAX_FILES) {
      throw new PackException(
          "Pack at %s has more than %d files; point at the pack's own directory."
              .formatted(root, MAX_FILES));
    }
    return names;
  }

  @Override
  public byte[] read(String name, long maxBytes) throws IOException {
    PackSource.checkName(location(), name);
    Path file = root.resolve(name);
    if (!Files.isRegularFile(file)) {
      throw PackSource.missing(location(), name);
    }
    if (!file.toRealPath().startsWith(root.toRealPath())) {
      throw new PackException(
          "Pack at %s: file %s is a link that leads out of the pack; put the file itself there."
              .formatted(root, name));
    }
    long size = Files.size(file);
    if (size > maxBytes) {
      throw PackSource.tooLarge(location(), name, size, maxBytes);
    }
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes((int) maxBytes);
    }
  }

  @Override
  public void close() {
    // A directory holds nothing open.
  }
}
