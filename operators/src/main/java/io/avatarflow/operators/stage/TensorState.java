package io.avatarflow.operators.stage;

import io.avatarflow.operators.tensor.ElementType;
import io.avatarflow.operators.tensor.Tensor;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/**
 * Canonical state that is a set of named tensors, as a pack's manifest declares it.
 *
 * @param tensors by state name, shapes without the batch axis
 */
public record TensorState(Map<String, Tensor> tensors) {
  /** No tensors. */
  public static final TensorState EMPTY = new TensorState(Map.of());

  /**
   * The codec of version 1: count, then name, type, shape and bytes of each tensor in the order of
   * names.
   */
  public static final StateCodec<TensorState> CODEC = new Codec();

  private static final int MAX_TENSORS = 256;
  private static final int MAX_RANK = 8;
  private static final long MAX_BYTES = 4L << 20;

  public TensorState {
    tensors = Map.copyOf(tensors);
  }

  private static final class Codec implements StateCodec<TensorState> {
    @Override
    public int version() {
      return 1;
    }

    @Override
    public void write(TensorState state, DataOutput out) throws IOException {
      out.writeInt(state.tensors.size());
      for (Map.Entry<String, Tensor> entry : new TreeMap<>(state.tensors).entrySet()) {
        out.writeUTF(entry.getKey());
        writeTensor(entry.getValue(), out);
      }
    }

    @Override
    public TensorState read(int version, DataInput in) throws IOException {
      if (version != 1) {
        throw new IOException(
            "Tensor state of version %d is newer than this build, which reads 1."
                .formatted(version));
      }
      int count = in.readInt();
      if (count < 0 || count > MAX_TENSORS) {
        throw new IOException(
            "Tensor state declares %d tensors, at most %d are possible."
                .formatted(count, MAX_TENSORS));
      }
      Map<String, Tensor> tensors = new TreeMap<>();
      for (int i = 0; i < count; i++) {
        tensors.put(in.readUTF(), readTensor(in));
      }
      return new TensorState(tensors);
    }
  }

  /** Writes type, shape and bytes. */
  public static void writeTensor(Tensor tensor, DataOutput out) throws IOException {
    out.writeByte(tensor.type().code());
    int[] shape = tensor.shape();
    out.writeByte(shape.length);
    for (int axis : shape) {
      out.writeInt(axis);
    }
    out.write(tensor.bytes());
  }

  /** Reads what {@link #writeTensor} wrote, up to the cap of canonical state. */
  public static Tensor readTensor(DataInput in) throws IOException {
    return readTensor(in, MAX_BYTES);
  }

  /**
   * Reads what {@link #writeTensor} wrote, bounded before it allocates.
   *
   * @param maxBytes a larger tensor is an {@link IOException}
   */
  public static Tensor readTensor(DataInput in, long maxBytes) throws IOException {
    ElementType type;
    try {
      type = ElementType.ofCode(in.readUnsignedByte());
    } catch (IllegalArgumentException e) {
      throw new IOException("Tensor of a state cannot be read: " + e.getMessage(), e);
    }
    int rank = in.readUnsignedByte();
    if (rank > MAX_RANK) {
      throw new IOException(
          "Tensor has %d axes, at most %d are possible.".formatted(rank, MAX_RANK));
    }
    int[] shape = new int[rank];
    long size = type.bytes();
    for (int i = 0; i < rank; i++) {
      shape[i] = in.readInt();
      if (shape[i] < 0 || (size *= shape[i]) > maxBytes) {
        throw new IOException("Tensor is larger than the cap of %d bytes.".formatted(maxBytes));
      }
    }
    byte[] bytes = new byte[(int) size];
    in.readFully(bytes);
    return Tensor.of(type, shape, bytes);
  }
}
