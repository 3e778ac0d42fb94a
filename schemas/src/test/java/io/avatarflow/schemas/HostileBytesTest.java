package io.avatarflow.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.junit.jupiter.api.Test;

class HostileBytesTest {
  private static final int UPDATE_BRANCH = 3;
  private static final int OVERRIDE_FIELD = 12;
  private static final long MIB = 1 << 20;

  @Test
  void everyTruncationIsMalformed() {
    for (SessionInput input : SampleRecords.inputs().values()) {
      byte[] whole = RecordCodec.input().encode(input);
      for (int length = 0; length < whole.length; length++) {
        byte[] part = Arrays.copyOf(whole, length);
        assertThatThrownBy(() -> RecordCodec.input().decode(part))
            .isInstanceOf(MalformedRecordException.class)
            .hasMessageStartingWith("SessionInput of " + length + " bytes is malformed at byte ")
            .hasMessageEndingWith("; write it in Avro single-object encoding.");
      }
    }
  }

  @Test
  void bytesLeftOverAreMalformed() {
    byte[] whole = RecordCodec.input().encode(SampleRecords.inputs().get("interrupt"));
    assertMalformed(Arrays.copyOf(whole, whole.length + 3), "3 bytes are left over");
  }

  @Test
  void anotherMagicOrAnotherTopicsSchemaIsMalformed() {
    byte[] whole = RecordCodec.input().encode(SampleRecords.inputs().get("interrupt"));
    whole[1] = 2;
    assertMalformed(whole, "does not begin with C3 01");
    assertMalformed(
        RecordCodec.output().encode(SampleRecords.outputs().get("frame")), "unknown schema");
  }

  @Test
  void aPayloadLongerThanTheRecordIsMalformedAndNotAllocated() {
    for (long length : new long[] {6, Integer.MAX_VALUE, Long.MAX_VALUE, -1, Long.MIN_VALUE}) {
      byte[] bytes =
          input(
              (out, encoder) -> {
                write(encoder, 2, 0, 0);
                write(encoder, 8000, 1, 1);
                write(encoder, length);
                out.writeBytes(new byte[5]);
              });
      assertMalformed(bytes, "a length of " + length + " bytes where 5 are left");
    }
  }

  @Test
  void aKeyThatIsTooLongOrNotUtf8IsMalformed() {
    byte[] good = RecordCodec.input().encode(SampleRecords.inputs().get("interrupt"));
    byte[] notText = good.clone();
    notText[12] = (byte) 0xff;
    assertMalformed(notText, "is not UTF-8");
    ByteArrayOutputStream out = headerOnly();
    write(EncoderFactory.get().directBinaryEncoder(out, null), 1L << 40);
    assertMalformed(out.toByteArray(), "a length of 1099511627776 bytes where 0 are left");
  }

  @Test
  void anArrayWithMoreItemsThanBytesIsMalformedAndNotAllocated() {
    for (long count : new long[] {100, Integer.MAX_VALUE, 1L << 40, Long.MAX_VALUE}) {
      assertMalformed(override(count, new long[0]), count + " items where");
    }
    assertMalformed(override(-(1L << 40), new long[] {0}), "1099511627776 items where");
    assertMalformed(override(Long.MIN_VALUE, new long[] {0}), "items where");
    assertMalformed(override(-3, new long[] {1L << 33}), "a length of 8589934592 bytes");
  }

  @Test
  void aBranchSymbolOrNumberThatDoesNotExistIsMalformed() {
    assertMalformed(input((out, encoder) -> write(encoder, 7)), "");
    assertMalformed(input((out, encoder) -> write(encoder, -1)), "");
    assertMalformed(input((out, encoder) -> write(encoder, 6, 2)), "");
    assertMalformed(input((out, encoder) -> write(encoder, 1L << 32)), "does not fit 32 bits");
    byte[] endless = new byte[11];
    Arrays.fill(endless, (byte) 0xff);
    assertMalformed(
        input((out, encoder) -> out.writeBytes(endless)), "a number is longer than 64 bits");
  }

  @Property(tries = 2000)
  void randomBytesAreARecordOrMalformed(@ForAll @Size(max = 400) byte[] content) {
    for (RecordCodec<?> codec : codecs()) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      out.writeBytes(headerOf(codec));
      out.writeBytes(content);
      decodeBounded(codec, out.toByteArray());
    }
  }

  @Property(tries = 2000)
  void damagedRecordsAreARecordOrMalformed(
      @ForAll @IntRange(max = 8) int sample,
      @ForAll @Size(min = 1, max = 4) List<@IntRange(max = 1 << 20) Integer> places,
      @ForAll byte damage) {
    byte[] input =
        RecordCodec.input().encode(List.copyOf(SampleRecords.inputs().values()).get(sample));
    byte[] output =
        RecordCodec.output().encode(List.copyOf(SampleRecords.outputs().values()).get(sample));
    for (int place : places) {
      input[10 + place % (input.length - 10)] = damage;
      output[10 + place % (output.length - 10)] = damage;
    }
    decodeBounded(RecordCodec.input(), input);
    decodeBounded(RecordCodec.output(), output);
  }

  @Test
  void itemsOverTheLimitAreMalformedAndNotAllocated() {
    assertMalformed(padded(override(900_000, new long[0])), "900000 items or more");
    long[] secondBlock = new long[BoundedDecoder.MAX_ITEMS + 1];
    secondBlock[BoundedDecoder.MAX_ITEMS] = 1;
    byte[] blocks = override(BoundedDecoder.MAX_ITEMS, secondBlock);
    assertThatThrownBy(() -> RecordCodec.input().decode(padded(blocks)))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessageContaining("65537 items or more, the limit is 65536");
    assertThat(decodeBounded(RecordCodec.input(), padded(blocks))).isLessThan(32 * MIB);
  }

  /** Decodes, lets nothing but MalformedRecordException happen, and returns what was allocated. */
  private static long decodeBounded(RecordCodec<?> codec, byte[] bytes) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    try {
      assertThat(codec.decode(bytes)).isNotNull();
    } catch (MalformedRecordException e) {
      assertThat(e).hasMessageContaining(" is malformed at byte ");
    }
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    assertThat(allocated).isLessThan(200L * bytes.length + 2 * MIB);
    return allocated;
  }

  private static void assertMalformed(byte[] bytes, String fault) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    assertThatThrownBy(() -> RecordCodec.input().decode(bytes))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessageContaining(fault)
        .message()
        .doesNotContain("\n");
    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(8 * MIB);
  }

  /** An update whose override track has a frames array with the given head. */
  private static byte[] override(long count, long[] then) {
    return input(
        (out, encoder) -> {
          write(encoder, UPDATE_BRANCH);
          write(encoder, new long[OVERRIDE_FIELD]);
          write(encoder, 1, 0, count);
          write(encoder, then);
        });
  }

  private static byte[] padded(byte[] bytes) {
    return Arrays.copyOf(bytes, RecordCodec.MAX_BYTES);
  }

  private static byte[] input(BiConsumer<ByteArrayOutputStream, BinaryEncoder> body) {
    ByteArrayOutputStream out = headerOnly();
    BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, null);
    try {
      encoder.writeString("a/b");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    write(encoder, 0);
    body.accept(out, encoder);
    return out.toByteArray();
  }

  private static void write(BinaryEncoder encoder, long... values) {
    try {
      for (long value : values) {
        encoder.writeLong(value);
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static ByteArrayOutputStream headerOnly() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(headerOf(RecordCodec.input()));
    return out;
  }

  private static byte[] headerOf(RecordCodec<?> codec) {
    byte[] record;
    if (codec == RecordCodec.input()) {
      record = RecordCodec.input().encode(SampleRecords.inputs().get("interrupt"));
    } else if (codec == RecordCodec.output()) {
      record = RecordCodec.output().encode(SampleRecords.outputs().get("frame"));
    } else {
      record = RecordCodec.event().encode(SampleRecords.events().get("event"));
    }
    return Arrays.copyOf(record, 10);
  }

  private static List<RecordCodec<?>> codecs() {
    return List.of(RecordCodec.input(), RecordCodec.output(), RecordCodec.event());
  }
}
