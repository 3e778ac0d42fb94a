package io.avatarflow.operators.host;

import io.avatarflow.operators.tensor.ElementType;
import io.avatarflow.operators.tensor.Tensor;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * A short hash of what a stage made, so that two runs can be compared stage by stage. CRC-32C,
 * because it costs next to nothing on every machine; who wants to prove something has the pixel
 * hash.
 */
final class TensorHash {
  private TensorHash() {}

  /** The hash of names and elements; pictures (UINT8) are left out, 0 when nothing is left. */
  static long of(Map<String, Tensor> tensors) {
    CRC32C crc = new CRC32C();
    boolean any = false;
    for (Map.Entry<String, Tensor> entry : new TreeMap<>(tensors).entrySet()) {
      if (entry.getValue().type() != ElementType.UINT8) {
        any = true;
        crc.update(entry.getKey().getBytes(StandardCharsets.UTF_8));
        crc.update(entry.getValue().bytes());
      }
    }
    return any ? crc.getValue() : 0;
  }
}
