package io.avatarflow.operators.pack;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import io.avatarflow.operators.pack.PackManifest.TensorSpec;
import io.avatarflow.operators.tensor.ElementType;
import io.avatarflow.operators.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Direct buffers for one run of a graph at a time, with the native tensors that look at them.
 *
 * <p>There is one buffer a tensor, for {@link #capacity} rows, and one native tensor for each batch
 * size that was used. One thread at a time. Closing frees the native tensors; the buffers go with
 * the garbage collector.
 */
final class BatchBuffers implements AutoCloseable {
  private static final AtomicLong MADE = new AtomicLong();

  private final OrtEnvironment environment;
  private final String pack;
  private final String graph;
  private final int capacity;
  private final Map<String, Slot> inputs = new LinkedHashMap<>();
  private final Map<String, Slot> outputs = new LinkedHashMap<>();
  private final Map<Integer, Map<String, OnnxTensor>> inputViews = new HashMap<>();
  private final Map<Integer, Map<String, OnnxTensor>> outputViews = new HashMap<>();

  @SuppressWarnings("ArrayRecordComponent")
  private record Slot(ElementType type, int[] shape, int rowBytes, ByteBuffer buffer) {}

  BatchBuffers(
      OrtEnvironment environment,
      String pack,
      String name,
      PackManifest.Graph graph,
      int capacity) {
    this.environment = environment;
    this.pack = pack;
    this.graph = name;
    this.capacity = capacity;
    graph.inputs().forEach((tensor, spec) -> inputs.put(tensor, slot(spec)));
    graph.outputs().forEach((tensor, spec) -> outputs.put(tensor, slot(spec)));
  }

  private Slot slot(TensorSpec spec) {
    int[] shape = spec.rowShape();
    int rowBytes = Math.toIntExact(Tensor.elements(shape) * spec.type().bytes());
    MADE.incrementAndGet();
    ByteBuffer buffer = ByteBuffer.allocateDirect(Math.multiplyExact(rowBytes, capacity));
    return new Slot(spec.type(), shape, rowBytes, buffer.order(ByteOrder.nativeOrder()));
  }

  /** Direct buffers and native tensors that were made in this process. */
  static long made() {
    return MADE.get();
  }

  /** Most rows. */
  int capacity() {
    return capacity;
  }

  /** Copies rows into the input buffers, from the first on. */
  void fill(List<Map<String, Tensor>> rows) {
    for (Map.Entry<String, Slot> input : inputs.entrySet()) {
      Slot slot = input.getValue();
      for (int row = 0; row < rows.size(); row++) {
        Tensor tensor = rows.get(row).get(input.getKey());
        check(input.getKey(), slot, tensor);
        slot.buffer.put(row * slot.rowBytes, tensor.bytes());
      }
    }
  }

  private void check(String name, Slot slot, Tensor tensor) {
    if (tensor == null) {
      throw new IllegalArgumentException(
          "Pack \"%s\": graph %s was not given its input \"%s\".".formatted(pack, graph, name));
    }
    if (tensor.type() != slot.type || tensor.bytes().length != slot.rowBytes) {
      throw new IllegalArgumentException(
          "Pack \"%s\": graph %s: input \"%s\" was given as %s, the manifest says %s%s."
              .formatted(
                  pack,
                  graph,
                  name,
                  tensor,
                  slot.type.manifestName(),
                  Arrays.toString(slot.shape)));
    }
  }

  /** Copies the first rows of the outputs out. */
  List<Map<String, Tensor>> rows(int count) {
    List<Map<String, Tensor>> rows = new ArrayList<>(count);
    for (int row = 0; row < count; row++) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      for (Map.Entry<String, Slot> output : outputs.entrySet()) {
        Slot slot = output.getValue();
        byte[] bytes = new byte[slot.rowBytes];
        slot.buffer.get(row * slot.rowBytes, bytes);
        tensors.put(output.getKey(), Tensor.of(slot.type, slot.shape, bytes));
      }
      rows.add(tensors);
    }
    return rows;
  }

  /** Native inputs of a batch of that size. */
  Map<String, OnnxTensor> inputs(int size) throws OrtException {
    return views(inputs, inputViews, size);
  }

  /** Native outputs of a batch of that size; ONNX Runtime writes into them. */
  Map<String, OnnxTensor> outputs(int size) throws OrtException {
    return views(outputs, outputViews, size);
  }

  private Map<String, OnnxTensor> views(
      Map<String, Slot> slots, Map<Integer, Map<String, OnnxTensor>> known, int size)
      throws OrtException {
    Map<String, OnnxTensor> views = known.get(size);
    if (views == null) {
      views = new LinkedHashMap<>();
      known.put(size, views);
      for (Map.Entry<String, Slot> entry : slots.entrySet()) {
        views.put(entry.getKey(), view(entry.getValue(), size));
      }
    }
    return views;
  }

  private OnnxTensor view(Slot slot, int size) throws OrtException {
    long[] shape = new long[slot.shape.length + 1];
    shape[0] = size;
    for (int i = 0; i < slot.shape.length; i++) {
      shape[i + 1] = slot.shape[i];
    }
    ByteBuffer part = slot.buffer.slice(0, size * slot.rowBytes).order(ByteOrder.nativeOrder());
    MADE.incrementAndGet();
    return OnnxTensor.createTensor(environment, part, shape, javaType(slot.type));
  }

  private static OnnxJavaType javaType(ElementType type) {
    return switch (type) {
      case FLOAT32 -> OnnxJavaType.FLOAT;
      case FLOAT16 -> OnnxJavaType.FLOAT16;
      case INT64 -> OnnxJavaType.INT64;
      case INT32 -> OnnxJavaType.INT32;
      case UINT8 -> OnnxJavaType.UINT8;
      case BOOL -> OnnxJavaType.BOOL;
    };
  }

  @Override
  public void close() {
    inputViews.values().forEach(views -> views.values().forEach(OnnxTensor::close));
    outputViews.values().forEach(views -> views.values().forEach(OnnxTensor::close));
    inputViews.clear();
    outputViews.clear();
  }
}
