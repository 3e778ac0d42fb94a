package io.avatarflow.operators.pack;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A pack whose files are all there and have the digests that its manifest pins; nothing is known
 * yet about whether they make sense.
 *
 * <p>The pack's digest is the SHA-256 of {@code pack.yaml}, which pins every other file. A file is
 * checked again each time it is read, so that what is used is what was checked. Owns its source.
 */
public final class PackContents implements AutoCloseable {
  /** Largest ONNX file in bytes. */
  static final long MAX_GRAPH_BYTES = 1L << 30;

  /** Largest other file in bytes. */
  static final long MAX_FILE_BYTES = 16L << 20;

  /** A manifest is read again for every operator of a task; tasks that recover are in a hurry. */
  private static final int MANIFESTS = 8;

  private static final Map<String, PackManifest> READ = new LinkedHashMap<>();

  private final PackSource source;
  private final PackManifest manifest;
  private final String digest;

  private PackContents(PackSource source, PackManifest manifest, String digest) {
    this.source = source;
    this.manifest = manifest;
    this.digest = digest;
  }

  /**
   * Reads the manifest alone.
   *
   * @throws PackException if it is missing, too large or not a manifest
   */
  public static PackContents open(PackSource source) {
    try {
      byte[] yaml = source.read(PackSource.MANIFEST, ManifestReader.MAX_BYTES);
      String file = source.location() + "/" + PackSource.MANIFEST;
      String digest = Sha256.of(yaml);
      return new PackContents(source, manifest(file, yaml, digest), digest);
    } catch (IOException e) {
      throw new PackException(
          "Pack at %s cannot be read (%s).".formatted(source.location(), e.getMessage()), e);
    }
  }

  private static PackManifest manifest(String file, byte[] yaml, String digest) {
    synchronized (READ) {
      PackManifest manifest = READ.get(digest);
      if (manifest == null) {
        manifest = ManifestReader.read(file, yaml);
        READ.put(digest, manifest);
        if (READ.size() > MANIFESTS) {
          READ.remove(READ.keySet().iterator().next());
        }
      }
      return manifest;
    }
  }

  public PackManifest manifest() {
    return manifest;
  }

  /** SHA-256 of {@code pack.yaml}, hexadecimal. */
  public String digest() {
    return digest;
  }

  /** Where the pack is, for messages. */
  public String location() {
    return source.location();
  }

  /** Every way in which the files differ from what the manifest pins, a sentence each. */
  public List<String> problems() {
    List<String> problems = new ArrayList<>();
    try {
      Set<String> present = source.names();
      for (String name : present) {
        if (!name.equals(PackSource.MANIFEST) && !manifest.files().containsKey(name)) {
          problems.add(
              "Pack \"%s\": file %s is not listed under files; list it with its SHA-256 (`avatarflow pack seal`) or remove it."
                  .formatted(manifest.name(), name));
        }
      }
    } catch (IOException e) {
      problems.add(
          "Pack \"%s\": its files cannot be listed (%s)."
              .formatted(manifest.name(), e.getMessage()));
    }
    for (Map.Entry<String, String> file : manifest.files().entrySet()) {
      try {
        read(file.getKey());
      } catch (PackException e) {
        problems.addAll(e.problems());
      }
    }
    return problems;
  }

  /**
   * Reads a file that the manifest lists.
   *
   * @throws PackException if it is not listed, missing, too large or of another digest
   */
  public byte[] read(String name) {
    PackSource.checkName(location(), name);
    String pinned = manifest.files().get(name);
    if (pinned == null) {
      throw new PackException(
          "Pack \"%s\": file %s is used but not listed under files; list it with its SHA-256 (`avatarflow pack seal`)."
              .formatted(manifest.name(), name));
    }
    byte[] bytes;
    try {
      bytes = source.read(name, maxBytes(name));
    } catch (IOException e) {
      throw new PackException(
          "Pack \"%s\": file %s cannot be read (%s)."
              .formatted(manifest.name(), name, e.getMessage()),
          e);
    }
    String actual = Sha256.of(bytes);
    if (!actual.equals(pinned)) {
      throw new PackException(
          "Pack \"%s\": file %s has SHA-256 %s, the manifest pins %s; the file was changed or damaged, copy the pack again."
              .formatted(manifest.name(), name, actual, pinned));
    }
    return bytes;
  }

  /** Most bytes that a file of that name may have. */
  static long maxBytes(String name) {
    return name.endsWith(".onnx") ? MAX_GRAPH_BYTES : MAX_FILE_BYTES;
  }

  /** A listed text file, UTF-8. */
  public String text(String name) {
    return new String(read(name), StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    source.close();
  }
}
