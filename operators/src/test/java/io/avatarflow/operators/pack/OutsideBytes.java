package io.avatarflow.operators.pack;

import java.io.IOException;

/** The package's readers of bytes from outside, for tests of other packages. */
public final class OutsideBytes {
  private OutsideBytes() {}

  /**
   * Reads a manifest.
   *
   * @throws PackException if it is not one
   */
  public static void manifest(byte[] yaml) {
    if (yaml.length <= ManifestReader.MAX_BYTES) {
      ManifestReader.read("pack.yaml", yaml);
    }
  }

  /**
   * Walks an ONNX file.
   *
   * @throws IOException if it is not one
   */
  public static void onnxModel(byte[] onnx) throws IOException {
    OnnxModelReader.read(onnx);
  }
}
