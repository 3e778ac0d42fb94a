package io.avatarflow.operators.pack;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** A pack inside a jar, at its root or below a prefix. */
final class JarPackSource implements PackSource {
  private final Path jar;
  private final ZipFile zip;
  private final String prefix;

  private JarPackSource(Path jar, ZipFile zip, String prefix) {
    this.jar = jar;
    this.zip = zip;
    this.prefix = prefix;
  }

  /** Opens a jar that holds exactly one pack. */
  static JarPackSource open(Path jar) {
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      List<String> manifests =
          zip.stream().map(ZipEntry::getName).filter(JarPackSource::isManifest).limit(3).toList();
      if (manifests.size() != 1) {
        throw new PackException(
            "Jar %s holds %s packs, exactly one is expected: a %s at its root or in packs/NAME/."
                .formatted(jar, manifests.isEmpty() ? "no" : "several", MANIFEST));
      }
      String manifest = manifests.get(0);
      return open(jar, manifest.substring(0, manifest.length() - MANIFEST.length()));
    } catch (IOException e) {
      throw new PackException(
          "Jar %s cannot be read (%s); copy it again.".formatted(jar, e.getMessage()), e);
    }
  }

  /** Opens the pack below a prefix, which is empty or ends in a slash. */
  static JarPackSource open(Path jar, String prefix) {
    try {
      return new JarPackSource(jar, new ZipFile(jar.toFile()), prefix);
    } catch (IOException e) {
      throw new PackException(
          "Jar %s cannot be read (%s); copy it again.".formatted(jar, e.getMessage()), e);
    }
  }

  private static boolean isManifest(String entry) {
    return entry.equals(MANIFEST) || entry.matches("packs/[^/]+/" + MANIFEST.replace(".", "\\."));
  }

  @Override
  public String location() {
    return prefix.isEmpty()
        ? jar.toString()
        : jar + "!/" + prefix.substring(0, prefix.length() - 1);
  }

  @Override
  public Set<String> names() {
    Set<String> names = new TreeSet<>();
    zip.stream()
        .filter(entry -> !entry.isDirectory() && entry.getName().startsWith(prefix))
        .map(entry -> entry.getName().substring(prefix.length()))
        .filter(name -> !name.startsWith("META-INF/"))
        .forEach(names::add);
    return names;
  }

  @Override
  public byte[] read(String name, long maxBytes) throws IOException {
    PackSource.checkName(location(), name);
    ZipEntry entry = zip.getEntry(prefix + name);
    if (entry == null || entry.isDirectory()) {
      throw PackSource.missing(location(), name);
    }
    try (InputStream in = zip.getInputStream(entry)) {
      byte[] bytes = in.readNBytes((int) maxBytes + 1);
      if (bytes.length > maxBytes) {
        throw PackSource.tooLarge(location(), name, entry.getSize(), maxBytes);
      }
      return bytes;
    }
  }

  @Override
  public void close() {
    try {
      zip.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
