package io.avatarflow.operators.pack;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The files of one pack: a directory, a jar, or a pack that is bundled with the engine.
 *
 * <p>Names are relative, with {@code /} between folders. A source never reads outside its root, and
 * never more bytes than the caller allows. Closing it releases an open jar.
 */
public interface PackSource extends AutoCloseable {
  /** Name of the manifest. */
  String MANIFEST = "pack.yaml";

  /** Where the pack is, for messages. */
  String location();

  /** The names of all files of the pack. */
  Set<String> names() throws IOException;

  /**
   * Reads a whole file.
   *
   * @throws PackException if the name leaves the pack, the file is missing or larger than {@code
   *     maxBytes}
   */
  byte[] read(String name, long maxBytes) throws IOException;

  @Override
  void close();

  /**
   * Finds a pack by what a user types: the name of a bundled pack, a directory or a jar.
   *
   * @throws PackException if there is none
   */
  static PackSource of(String nameOrPath) {
    if (nameOrPath.matches("[A-Za-z0-9_-]+")) {
      URL manifest = PackSource.class.getResource("/packs/" + nameOrPath + "/" + MANIFEST);
      if (manifest != null) {
        return ofResource(manifest);
      }
    }
    try {
      Path path = Path.of(nameOrPath);
      if (Files.isDirectory(path)) {
        return new DirectoryPackSource(path);
      }
      if (Files.isRegularFile(path) && nameOrPath.endsWith(".jar")) {
        return JarPackSource.open(path);
      }
    } catch (InvalidPathException e) {
      throw new PackException(unknown(nameOrPath), e);
    }
    throw new PackException(unknown(nameOrPath));
  }

  /** A directory that holds {@code pack.yaml}. */
  static PackSource directory(Path directory) {
    return new DirectoryPackSource(directory);
  }

  private static PackSource ofResource(URL manifest) {
    try {
      if (manifest.getProtocol().equals("file")) {
        Path file = Path.of(manifest.toURI());
        return new DirectoryPackSource(file.resolveSibling("."));
      }
      String[] parts = manifest.getPath().split("!/", 2);
      String prefix = parts[1].substring(0, parts[1].length() - MANIFEST.length());
      return JarPackSource.open(Path.of(new URI(parts[0])), prefix);
    } catch (URISyntaxException e) {
      throw new PackException(
          "The bundled pack at %s has an address that cannot be read.".formatted(manifest), e);
    }
  }

  private static String unknown(String nameOrPath) {
    return "Pack \"%s\" is neither bundled (%s) nor a directory or jar with a %s; name one of those."
        .formatted(nameOrPath, String.join(", ", PackCatalog.bundled()), MANIFEST);
  }

  /** Refuses names that could lead out of the pack. */
  static void checkName(String location, String name) {
    if (name.length() > 200
        || !Names.SAFE.matcher(name).matches()
        || Names.DOTS.matcher(name).find()) {
      throw new PackException(
          ("Pack at %s: file name \"%s\" is not allowed; use letters, digits, \".\", \"_\", \"-\" and \"/\", relative to"
                  + " the pack, without \"..\".")
              .formatted(location, name));
    }
  }

  /** The pack has no file of that name. */
  static PackException missing(String location, String name) {
    return new PackException(
        "Pack at %s: file %s is missing; copy the whole pack again or build it anew."
            .formatted(location, name));
  }

  /** The file is larger than its kind may be. */
  static PackException tooLarge(String location, String name, long size, long maxBytes) {
    return new PackException(
        "Pack at %s: file %s has %s bytes, at most %d are allowed; a file of this kind is never that large."
            .formatted(location, name, size < 0 ? "too many" : Long.toString(size), maxBytes));
  }

  /** Which names are allowed. */
  final class Names {
    private static final Pattern SAFE = Pattern.compile("[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*");
    private static final Pattern DOTS = Pattern.compile("(^|/)\\.\\.?(/|$)");

    private Names() {}
  }
}
