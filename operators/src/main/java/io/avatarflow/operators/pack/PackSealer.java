package io.avatarflow.operators.pack;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Writes the digests of a pack's files into its manifest, after graphs, pictures or texts were
 * changed.
 *
 * <p>The {@code files} section is replaced as text, so that everything else of {@code pack.yaml}
 * stays as its author wrote it.
 */
public final class PackSealer {
  private static final Pattern FILES = Pattern.compile("(?m)^files:.*\\R?(?:^[ \\t#].*\\R?|^\\R)*");

  private PackSealer() {}

  /**
   * Rewrites the digests in {@code pack.yaml}.
   *
   * @param directory the pack's directory
   * @return the pack's new digest
   * @throws PackException if the directory holds no manifest or cannot be written
   */
  public static String sealDigests(Path directory) {
    try (DirectoryPackSource source = new DirectoryPackSource(directory)) {
      byte[] yaml = source.read(PackSource.MANIFEST, ManifestReader.MAX_BYTES);
      Map<String, String> digests = new TreeMap<>();
      for (String name : source.names()) {
        if (!name.equals(PackSource.MANIFEST)) {
          digests.put(name, Sha256.of(source.read(name, PackContents.maxBytes(name))));
        }
      }
      byte[] sealed = withFiles(new String(yaml, UTF_8), digests).getBytes(UTF_8);
      ManifestReader.read(directory.resolve(PackSource.MANIFEST).toString(), sealed);
      Files.write(directory.resolve(PackSource.MANIFEST), sealed);
      return Sha256.of(sealed);
    } catch (IOException e) {
      throw new PackException(
          "Pack at %s cannot be sealed (%s); make its directory readable and writable."
              .formatted(directory, e.getMessage()),
          e);
    }
  }

  /**
   * Reads the manifest of a pack that need not be sealed.
   *
   * @throws PackException if the directory holds none
   */
  public static PackManifest manifest(Path directory) {
    try (PackContents contents = PackContents.open(new DirectoryPackSource(directory))) {
      return contents.manifest();
    }
  }

  private static String withFiles(String yaml, Map<String, String> digests) {
    StringBuilder section = new StringBuilder("files:\n");
    digests.forEach((name, digest) -> section.append("  %s: %s\n".formatted(name, digest)));
    String rest = FILES.matcher(yaml).replaceAll("").stripTrailing();
    return rest + "\n" + section;
  }
}
