package io.avatarflow.operators.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * A dense array of one session, without the batch axis, in row-major order.
 *
 * <p>Elements are kept as little-endian bytes, the order of every machine the engine runs on, so
 * that a tensor is copied into a batch, a checkpoint or a hash without conversion. A tensor is
 * immutable by contract: nobody writes to {@link #bytes()} after it was handed over.
 */
public final class Tensor {
  private final ElementType type;
  private final int[] shape;
  private final byte[] bytes;

  private Tensor(ElementType type, int[] shape, byte[] bytes) {
    this.type = type;
    this.shape = shape;
    this.bytes = bytes;
  }

  /** Wraps bytes that the caller gives away. */
  public static Tensor of(ElementType type, int[] shape, byte[] bytes) {
    long expected = elements(shape) * type.bytes();
    if (bytes.length != expected) {
      throw new IllegalArgumentException(
          "A tensor %s%s takes %d bytes, but %d were given."
              .formatted(type.manifestName(), Arrays.toString(shape), expected, bytes.length));
    }
    return new Tensor(type, shape.clone(), bytes);
  }

  /** Copies floats into a FLOAT32 tensor. */
  public static Tensor ofFloats(int[] shape, float... values) {
    byte[] bytes = new byte[Math.multiplyExact(values.length, 4)];
    littleEndian(bytes).asFloatBuffer().put(values);
    return of(ElementType.FLOAT32, shape, bytes);
  }

  /** A tensor of zeros. */
  public static Tensor zeros(ElementType type, int... shape) {
    return of(type, shape, new byte[Math.toIntExact(elements(shape) * type.bytes())]);
  }

  /** A scalar FLOAT32, shape []. */
  public static Tensor scalar(float value) {
    return ofFloats(new int[0], value);
  }

  public ElementType type() {
    return type;
  }

  /** The shape without the batch axis; a copy. */
  public int[] shape() {
    return shape.clone();
  }

  /** The little-endian elements; not a copy, so read only. */
  public byte[] bytes() {
    return bytes;
  }

  /** Number of elements. */
  public int size() {
    return bytes.length / type.bytes();
  }

  /** A read-only view of a FLOAT32 tensor. */
  public FloatBuffer floats() {
    requireFloat();
    return littleEndian(bytes).asFloatBuffer().asReadOnlyBuffer();
  }

  /** A copy of a FLOAT32 tensor's elements. */
  public float[] toFloats() {
    requireFloat();
    float[] values = new float[size()];
    littleEndian(bytes).asFloatBuffer().get(values);
    return values;
  }

  private void requireFloat() {
    if (type != ElementType.FLOAT32) {
      throw new IllegalStateException(
          "A %s tensor cannot be read as float32.".formatted(type.manifestName()));
    }
  }

  private static ByteBuffer littleEndian(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Number of elements of a shape; an empty shape is a scalar. */
  public static long elements(int[] shape) {
    long n = 1;
    for (int d : shape) {
      if (d < 0) {
        throw new IllegalArgumentException(
            "Shape %s has a negative axis.".formatted(Arrays.toString(shape)));
      }
      n = Math.multiplyExact(n, d);
    }
    return n;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Tensor t
        && t.type == type
        && Arrays.equals(t.shape, shape)
        && Arrays.equals(t.bytes, bytes);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(shape) + Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return type.manifestName() + Arrays.toString(shape);
  }
}
