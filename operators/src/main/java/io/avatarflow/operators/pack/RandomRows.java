package io.avatarflow.operators.pack;

import io.avatarflow.operators.pack.PackManifest.TensorSpec;
import io.avatarflow.operators.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Inputs to try a graph with, whatever it computes: floats in 0 to 1, any bytes, whole numbers of 0
 * and 1, which is what times, masks and pictures can be.
 */
public final class RandomRows {
  private RandomRows() {}

  /** So many rows of inputs, the same for the same seed. */
  public static List<Map<String, Tensor>> of(PackManifest.Graph graph, int count, long seed) {
    Random random = new Random(seed);
    List<Map<String, Tensor>> rows = new ArrayList<>();
    for (int row = 0; row < count; row++) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      graph.inputs().forEach((name, spec) -> tensors.put(name, tensor(spec, random)));
      rows.add(tensors);
    }
    return rows;
  }

  private static Tensor tensor(TensorSpec spec, Random random) {
    int size = Math.toIntExact(Tensor.elements(spec.rowShape()));
    ByteBuffer bytes =
        ByteBuffer.allocate(size * spec.type().bytes()).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < size; i++) {
      switch (spec.type()) {
        case FLOAT32 -> bytes.putFloat(random.nextFloat());
        // The bits of 1/16 to 1/2.
        case FLOAT16 -> bytes.putShort((short) (0x2C00 + random.nextInt(0x0C00)));
        case INT64 -> bytes.putLong(random.nextInt(2));
        case INT32 -> bytes.putInt(random.nextInt(2));
        case UINT8 -> bytes.put((byte) random.nextInt(256));
        case BOOL -> bytes.put((byte) random.nextInt(2));
      }
    }
    return Tensor.of(spec.type(), spec.rowShape(), bytes.array());
  }
}
