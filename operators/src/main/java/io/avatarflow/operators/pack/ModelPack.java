package io.avatarflow.operators.pack;

import io.avatarflow.operators.program.GraphRunner;
import java.nio.charset.StandardCharsets;

/**
 * A loaded model pack: its manifest, its digest, and its graphs ready to run.
 *
 * <p>Safe for use by several threads. Every handle is closed once; the native sessions behind it
 * are shared by all handles of the same pack, provider and thread count in a process and go with
 * the last of them.
 */
public interface ModelPack extends AutoCloseable {
  /** What the pack says. */
  PackManifest manifest();

  /** SHA-256 of {@code pack.yaml}, which pins every other file; hexadecimal. */
  String digest();

  /**
   * The runner of a graph.
   *
   * @throws IllegalArgumentException if the manifest has no graph of that name
   */
  GraphRunner runner(String graph);

  /**
   * The PNG of a bundled identity.
   *
   * @throws IllegalArgumentException if the pack bundles none of that name
   */
  byte[] identity(String name);

  /**
   * Any file of the pack.
   *
   * @throws PackException if the manifest does not list it
   */
  byte[] bytes(String file);

  /** A text file of the pack, for example {@code LICENSE} or {@code CARD.md}. */
  default String text(String file) {
    return new String(bytes(file), StandardCharsets.UTF_8);
  }

  @Override
  void close();

  /** Native sessions that are open in this process; 0 when every handle was closed. */
  static long openSessions() {
    return OnnxGraphRunner.open();
  }

  /**
   * Loads a pack by the name of a bundled one, a directory or a jar, and runs it with the default
   * options.
   *
   * @throws PackException if it is refused
   */
  static ModelPack load(String nameOrPath) {
    return load(PackSource.of(nameOrPath), OnnxOptions.DEFAULT);
  }

  /**
   * Checks and loads a pack; owns the source from then on.
   *
   * @throws PackException if it is refused
   */
  static ModelPack load(PackSource source, OnnxOptions options) {
    return PackRuntime.acquire(source, options);
  }
}
