package io.avatarflow.operators.pack;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The packs that can be had: those bundled with the engine, and those in folders that a user names.
 */
public final class PackCatalog {
  /** The pack that is used when none is named. */
  public static final String DEFAULT = "reference";

  private static final String INDEX = "/packs/index.txt";

  private PackCatalog() {}

  /** Names of the bundled packs. */
  public static List<String> bundled() {
    try (InputStream in = PackCatalog.class.getResourceAsStream(INDEX)) {
      if (in == null) {
        return List.of();
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .map(String::strip)
          .filter(line -> !line.isEmpty() && !line.startsWith("#"))
          .filter(
              name ->
                  PackCatalog.class.getResource("/packs/" + name + "/" + PackSource.MANIFEST)
                      != null)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("The list of bundled packs cannot be read.", e);
    }
  }

  /**
   * Packs in a folder: its sub-directories with a {@code pack.yaml} and its jars, in the order of
   * names.
   *
   * @throws PackException if the folder cannot be listed
   */
  public static List<Path> in(Path folder) {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(
              path ->
                  Files.isRegularFile(path.resolve(PackSource.MANIFEST))
                      || path.toString().endsWith(".jar"))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new PackException(
          "Folder %s cannot be listed (%s); name a readable folder of packs."
              .formatted(folder, e.getMessage()),
          e);
    }
  }
}
