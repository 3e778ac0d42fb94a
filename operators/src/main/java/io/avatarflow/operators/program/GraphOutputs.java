package io.avatarflow.operators.program;

import io.avatarflow.operators.tensor.ElementType;
import io.avatarflow.operators.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Map;

/**
 * Checks on what a graph answered for one session, so that a bad answer ends that session alone.
 */
final class GraphOutputs {
  private static final int FLOAT32_EXPONENT = 0x7F800000;
  private static final int FLOAT16_EXPONENT = 0x7C00;

  private GraphOutputs() {}

  /** The output of that name. */
  static Tensor require(GraphRunner runner, Map<String, Tensor> row, String name) {
    Tensor tensor = row.get(name);
    if (tensor == null) {
      throw new IllegalStateException(
          "Graph %s gave no tensor \"%s\", which the manifest lists; it gave %s."
              .formatted(runner.graph(), name, row.keySet()));
    }
    return tensor;
  }

  /** Copies a FLOAT32 tensor of exactly that many elements. */
  static void copy(GraphRunner runner, String name, Tensor tensor, float[] out) {
    FloatBuffer floats = tensor.floats();
    if (floats.remaining() != out.length) {
      throw new IllegalStateException(
          "Graph %s gave tensor \"%s\" with %d elements, the manifest says %d."
              .formatted(runner.graph(), name, floats.remaining(), out.length));
    }
    floats.get(out);
  }

  /** Refuses NaN and infinity in a tensor of floats; other types pass. */
  static void requireFinite(GraphRunner runner, String name, Tensor tensor) {
    ByteBuffer bytes = ByteBuffer.wrap(tensor.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    boolean finite = true;
    if (tensor.type() == ElementType.FLOAT32) {
      while (bytes.hasRemaining()) {
        finite &= (bytes.getInt() & FLOAT32_EXPONENT) != FLOAT32_EXPONENT;
      }
    } else if (tensor.type() == ElementType.FLOAT16) {
      while (bytes.hasRemaining()) {
        finite &= (bytes.getShort() & FLOAT16_EXPONENT) != FLOAT16_EXPONENT;
      }
    }
    if (!finite) {
      throw notFinite(runner, name);
    }
  }

  /** Refuses NaN and infinity in an array. */
  static void requireFinite(GraphRunner runner, String name, float[] values) {
    float poison = 0;
    for (float value : values) {
      poison += 0 * value;
    }
    if (poison != 0) {
      throw notFinite(runner, name);
    }
  }

  private static IllegalStateException notFinite(GraphRunner runner, String name) {
    return new IllegalStateException(
        ("Graph %s gave a value in tensor \"%s\" that is not finite; the session cannot go on from it. Look for extreme"
                + " parameters or an unusual identity.")
            .formatted(runner.graph(), name));
  }
}
