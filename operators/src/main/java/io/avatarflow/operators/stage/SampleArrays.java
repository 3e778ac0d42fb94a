package io.avatarflow.operators.stage;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Writes and reads arrays of samples as one piece of big-endian bytes, without their number.
 *
 * <p>A checkpoint on a local disk is read without a buffer, so that number by number each byte
 * would cost a call of the system.
 */
public final class SampleArrays {
  private SampleArrays() {}

  /** Writes the values. */
  public static void write(float[] values, DataOutput out) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES);
    bytes.asFloatBuffer().put(values);
    out.write(bytes.array());
  }

  /**
   * Reads what was written.
   *
   * @param count how many; the caller has bounded it
   */
  public static float[] readFloats(int count, DataInput in) throws IOException {
    float[] values = new float[count];
    ByteBuffer.wrap(read(count, Float.BYTES, in)).asFloatBuffer().get(values);
    return values;
  }

  /** Writes the values. */
  public static void write(short[] values, DataOutput out) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * Short.BYTES);
    bytes.asShortBuffer().put(values);
    out.write(bytes.array());
  }

  /**
   * Reads what was written.
   *
   * @param count how many; the caller has bounded it
   */
  public static short[] readShorts(int count, DataInput in) throws IOException {
    short[] values = new short[count];
    ByteBuffer.wrap(read(count, Short.BYTES, in)).asShortBuffer().get(values);
    return values;
  }

  private static byte[] read(int count, int bytesEach, DataInput in) throws IOException {
    byte[] bytes = new byte[Math.multiplyExact(count, bytesEach)];
    in.readFully(bytes);
    return bytes;
  }
}
