package io.avatarflow.operators.pack;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Copies of the probe pack that a test may damage. */
public final class TestPacks {
  private TestPacks() {}

  /** The probe pack's own directory among the built resources. */
  public static Path probe() {
    try {
      URL manifest = TestPacks.class.getResource("/packs/probe/pack.yaml");
      return Path.of(manifest.toURI()).getParent();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A copy of the probe pack below a temporary folder. */
  public static Path copy(Path folder) throws IOException {
    Path target = folder.resolve("copy");
    try (Stream<Path> files = Files.walk(probe())) {
      for (Path file : files.toList()) {
        Path copy = target.resolve(probe().relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(copy);
        } else {
          Files.copy(file, copy);
        }
      }
    }
    return target;
  }

  /** Replaces text in the copy's manifest. */
  public static void edit(Path pack, String from, String to) throws IOException {
    Path manifest = pack.resolve("pack.yaml");
    String yaml = Files.readString(manifest, UTF_8);
    if (!yaml.contains(from)) {
      throw new IllegalArgumentException("The probe's manifest has no \"" + from + "\".");
    }
    Files.writeString(manifest, yaml.replace(from, to), UTF_8);
  }

  /** Every problem of a pack; empty when it may be loaded. */
  static List<String> problems(Path pack) {
    try (PackContents contents = PackContents.open(PackSource.directory(pack))) {
      return PackValidator.problems(contents);
    }
  }
}
