package io.avatarflow.schemas;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.avro.io.Decoder;
import org.apache.avro.util.Utf8;

/**
 * An Avro binary decoder over one record's bytes that never believes a length it cannot see.
 *
 * <p>Every declared length and item count is compared with the bytes that are left before anything
 * is allocated for it, so a record cannot make its reader allocate more than a small multiple of
 * its own size; and all arrays and maps of a record together hold at most {@link #MAX_ITEMS} items,
 * since an object takes far more memory than the byte that may encode it. An item takes at least
 * one byte. Avro's own decoder has limits for the whole JVM instead, set by system properties.
 *
 * <p>Not safe for use by several threads; one instance reads one record.
 */
final class BoundedDecoder extends Decoder {
  /** Most items of all arrays and maps of a record together. */
  static final int MAX_ITEMS = 1 << 16;

  private final byte[] bytes;
  private int position;
  private long items;

  /**
   * Creates a decoder.
   *
   * @param bytes the record
   * @param offset where its Avro binary encoding begins
   */
  BoundedDecoder(byte[] bytes, int offset) {
    this.bytes = bytes;
    this.position = offset;
  }

  /** Returns the index of the next byte to read. */
  int position() {
    return position;
  }

  /** Returns how many bytes have not been read. */
  int remaining() {
    return bytes.length - position;
  }

  @Override
  public void readNull() {}

  @Override
  public boolean readBoolean() throws IOException {
    byte value = bytes[take(1)];
    if (value != 0 && value != 1) {
      throw new IOException("a boolean is " + value + " where only 0 and 1 may stand");
    }
    return value == 1;
  }

  @Override
  public int readInt() throws IOException {
    long value = readLong();
    if (value != (int) value) {
      throw new IOException("the number " + value + " does not fit 32 bits");
    }
    return (int) value;
  }

  @Override
  public long readLong() throws IOException {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      byte next = bytes[take(1)];
      if (shift == 63 && (next & 0xfe) != 0) {
        throw new IOException("a number is longer than 64 bits");
      }
      value |= (next & 0x7fL) << shift;
      if (next >= 0) {
        return (value >>> 1) ^ -(value & 1);
      }
    }
    throw new IOException("a number is longer than 64 bits");
  }

  @Override
  public float readFloat() throws IOException {
    return Float.intBitsToFloat((int) littleEndian(4));
  }

  @Override
  public double readDouble() throws IOException {
    return Double.longBitsToDouble(littleEndian(8));
  }

  @Override
  public Utf8 readString(Utf8 old) throws IOException {
    return new Utf8(readString());
  }

  @Override
  public String readString() throws IOException {
    int length = readLength();
    int start = take(length);
    try {
      ByteBuffer encoded = ByteBuffer.wrap(bytes, start, length);
      return StandardCharsets.UTF_8.newDecoder().decode(encoded).toString();
    } catch (CharacterCodingException e) {
      throw new IOException("a text of " + length + " bytes is not UTF-8", e);
    }
  }

  @Override
  public void skipString() throws IOException {
    skipBytes();
  }

  @Override
  public ByteBuffer readBytes(ByteBuffer old) throws IOException {
    int length = readLength();
    int start = take(length);
    return ByteBuffer.wrap(Arrays.copyOfRange(bytes, start, start + length));
  }

  @Override
  public void skipBytes() throws IOException {
    take(readLength());
  }

  @Override
  public void readFixed(byte[] target, int start, int length) throws IOException {
    System.arraycopy(bytes, take(length), target, start, length);
  }

  @Override
  public void skipFixed(int length) throws IOException {
    take(length);
  }

  @Override
  public int readEnum() throws IOException {
    return readInt();
  }

  @Override
  public long readArrayStart() throws IOException {
    return readItemCount();
  }

  @Override
  public long arrayNext() throws IOException {
    return readItemCount();
  }

  @Override
  public long skipArray() throws IOException {
    return skipItems();
  }

  @Override
  public long readMapStart() throws IOException {
    return readItemCount();
  }

  @Override
  public long mapNext() throws IOException {
    return readItemCount();
  }

  @Override
  public long skipMap() throws IOException {
    return skipItems();
  }

  @Override
  public int readIndex() throws IOException {
    return readInt();
  }

  private int readLength() throws IOException {
    long length = readLong();
    if (length < 0 || length > remaining()) {
      throw new IOException("a length of " + length + " bytes where " + remaining() + " are left");
    }
    return (int) length;
  }

  /** Reads the head of a block of items; a negative count is followed by the block's length. */
  private long readItemCount() throws IOException {
    long count = readLong();
    if (count < 0) {
      readLength();
      count = -count;
    }
    return checkItems(count);
  }

  private long skipItems() throws IOException {
    long count = readLong();
    while (count < 0) {
      take(readLength());
      count = readLong();
    }
    return checkItems(count);
  }

  private long checkItems(long count) throws IOException {
    if (count < 0 || count > remaining()) {
      throw new IOException(count + " items where " + remaining() + " bytes are left");
    }
    items += count;
    if (items > MAX_ITEMS) {
      throw new IOException(
          "the arrays have " + items + " items or more, the limit is " + MAX_ITEMS);
    }
    return count;
  }

  private long littleEndian(int width) throws IOException {
    int start = take(width);
    long value = 0;
    for (int i = 0; i < width; i++) {
      value |= (bytes[start + i] & 0xffL) << (8 * i);
    }
    return value;
  }

  private int take(int count) throws IOException {
    if (count > remaining()) {
      throw new IOException("the record ends where " + count + " more bytes are needed");
    }
    int start = position;
    position += count;
    return start;
  }
}
