package io.avatarflow.operators.host;

import io.avatarflow.operators.stage.SampleArrays;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** The parts that the binary formats of this package share; integers are big-endian. */
final class WireFormat {
  private static final int MAX_BYTES = 256 << 20;

  private WireFormat() {}

  /** Reads the version that a value begins with. */
  static int readVersion(DataInput in, int newest, String what) throws IOException {
    int version = in.readUnsignedByte();
    if (version < 1 || version > newest) {
      throw new IOException(
          "%s has format %d, this build reads 1 to %d; restore with the build that wrote it or a later one."
              .formatted(what, version, newest));
    }
    return version;
  }

  static void writeBytes(byte[] bytes, DataOutput out) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  static byte[] readBytes(DataInput in) throws IOException {
    byte[] bytes = new byte[readLength(in, 1)];
    in.readFully(bytes);
    return bytes;
  }

  static void writeString(String text, DataOutput out) throws IOException {
    writeBytes(text.getBytes(StandardCharsets.UTF_8), out);
  }

  static String readString(DataInput in) throws IOException {
    return new String(readBytes(in), StandardCharsets.UTF_8);
  }

  static void writeFloats(float[] values, DataOutput out) throws IOException {
    out.writeInt(values.length);
    SampleArrays.write(values, out);
  }

  static float[] readFloats(DataInput in) throws IOException {
    return SampleArrays.readFloats(readLength(in, Float.BYTES), in);
  }

  static void writeShorts(short[] values, DataOutput out) throws IOException {
    out.writeInt(values.length);
    SampleArrays.write(values, out);
  }

  static short[] readShorts(DataInput in) throws IOException {
    return SampleArrays.readShorts(readLength(in, Short.BYTES), in);
  }

  /** Reads a number of elements, refused before it allocates more than any record holds. */
  static int readLength(DataInput in, int elementBytes) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > MAX_BYTES / elementBytes) {
      throw new IOException(
          "A value declares %d elements of %d bytes, at most %d bytes are possible; the data is damaged."
              .formatted(length, elementBytes, MAX_BYTES));
    }
    return length;
  }
}
