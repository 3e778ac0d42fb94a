package io.avatarflow.schemas;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;

/**
 * Writes and reads one kind of record in Avro single-object encoding: C3 01, the schema's 64-bit
 * fingerprint in little-endian order, then the record in Avro binary.
 *
 * <p>A codec reads what any released version of its schema wrote, and what the schemas added by
 * {@link #knowing} wrote. Input is untrusted: a record over {@link #MAX_BYTES} is refused unread,
 * and no declared length allocates more than the record's own bytes can fill.
 *
 * <p>Immutable and safe for use by any thread.
 *
 * @param <T> the record
 */
public final class RecordCodec<T extends SpecificRecord> {
  /** Most bytes of one encoded record, below Kafka's default limit of a message, 1 MiB. */
  public static final int MAX_BYTES = 1_000_000;

  private static final short MAGIC = (short) 0xC301;
  private static final int HEADER_BYTES = 10;

  private static final RecordCodec<SessionInput> INPUT = released(SessionInput.getClassSchema());
  private static final RecordCodec<SessionOutput> OUTPUT = released(SessionOutput.getClassSchema());
  private static final RecordCodec<SessionEvent> EVENT = released(SessionEvent.getClassSchema());

  private final Schema schema;
  private final byte[] header;
  private final SpecificDatumWriter<T> writer;
  private final Map<Long, SpecificDatumReader<T>> readers;

  private RecordCodec(Schema schema, Map<Long, SpecificDatumReader<T>> readers) {
    this.schema = schema;
    this.writer = new SpecificDatumWriter<>(schema);
    this.readers = Map.copyOf(readers);
    this.header =
        ByteBuffer.allocate(HEADER_BYTES)
            .putShort(MAGIC)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(SchemaNormalization.parsingFingerprint64(schema))
            .array();
  }

  private static <T extends SpecificRecord> RecordCodec<T> released(Schema schema) {
    RecordCodec<T> codec = new RecordCodec<T>(schema, Map.of()).knowing(schema);
    for (Schema writerSchema : ReleasedSchemas.of(schema.getName())) {
      codec = codec.knowing(writerSchema);
    }
    return codec;
  }

  /** Returns the codec of the input topic. */
  public static RecordCodec<SessionInput> input() {
    return INPUT;
  }

  /** Returns the codec of the frames topic. */
  public static RecordCodec<SessionOutput> output() {
    return OUTPUT;
  }

  /** Returns the codec of the events topic. */
  public static RecordCodec<SessionEvent> event() {
    return EVENT;
  }

  /**
   * Returns a codec that reads what this one reads and what was written with one more schema, for
   * example that of a newer producer.
   *
   * @param writerSchema a later or earlier version of this codec's schema
   */
  public RecordCodec<T> knowing(Schema writerSchema) {
    Map<Long, SpecificDatumReader<T>> more = new HashMap<>(readers);
    more.put(
        SchemaNormalization.parsingFingerprint64(writerSchema),
        new SpecificDatumReader<>(writerSchema, schema));
    return new RecordCodec<>(schema, more);
  }

  /**
   * Encodes a record.
   *
   * @throws IllegalArgumentException if a body is missing or the result is over {@link #MAX_BYTES}
   */
  public byte[] encode(T record) {
    requireBody(record);
    ByteArrayOutputStream out = new ByteArrayOutputStream(512);
    out.writeBytes(header);
    BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, null);
    try {
      writer.write(record, encoder);
      encoder.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(schema.getName() + " could not be written to memory.", e);
    }
    if (out.size() > MAX_BYTES) {
      throw new IllegalArgumentException(
          String.format(
              "%s takes %d bytes, the limit is %d; send its content in several records.",
              schema.getName(), out.size(), MAX_BYTES));
    }
    return out.toByteArray();
  }

  /**
   * Decodes a record, all of {@code bytes}. The result shares no memory with them.
   *
   * @throws MalformedRecordException if the bytes are not one whole record that this codec can read
   */
  public T decode(byte[] bytes) throws MalformedRecordException {
    SpecificDatumReader<T> reader = readerOf(bytes);
    BoundedDecoder decoder = new BoundedDecoder(bytes, HEADER_BYTES);
    T record;
    try {
      record = reader.read(null, decoder);
    } catch (IOException | RuntimeException e) {
      // Avro answers an index or a symbol that does not exist with unchecked exceptions of many
      // types; one that got out would fail the job for the sake of one bad record.
      throw malformed(bytes, decoder.position(), String.valueOf(e.getMessage()), e);
    }
    if (decoder.remaining() > 0) {
      String fault = decoder.remaining() + " bytes are left over";
      throw malformed(bytes, decoder.position(), fault, null);
    }
    return record;
  }

  private SpecificDatumReader<T> readerOf(byte[] bytes) throws MalformedRecordException {
    if (bytes.length > MAX_BYTES) {
      throw new MalformedRecordException(
          String.format(
              "%s of %d bytes is over the limit of %d bytes; send its content in several records.",
              schema.getName(), bytes.length, MAX_BYTES));
    }
    ByteBuffer head = ByteBuffer.wrap(bytes);
    if (bytes.length < HEADER_BYTES || head.getShort() != MAGIC) {
      throw malformed(
          bytes, 0, "it does not begin with C3 01 and the fingerprint of a schema", null);
    }
    long fingerprint = head.order(ByteOrder.LITTLE_ENDIAN).getLong();
    SpecificDatumReader<T> reader = readers.get(fingerprint);
    if (reader == null) {
      throw new MalformedRecordException(
          String.format(
              "%s of %d bytes was written with the unknown schema %016x; update this reader, or"
                  + " give it the writer's schema.",
              schema.getName(), bytes.length, fingerprint));
    }
    return reader;
  }

  private MalformedRecordException malformed(
      byte[] bytes, int position, String fault, Throwable cause) {
    return new MalformedRecordException(
        String.format(
            "%s of %d bytes is malformed at byte %d: %s; write it in Avro single-object encoding.",
            schema.getName(), bytes.length, position, fault.replaceAll("\\s+", " ")),
        cause);
  }

  /** A union with null lets a builder forget its body; readers would drop the record unseen. */
  private static void requireBody(SpecificRecord record) {
    Schema.Field field = record.getSchema().getField("body");
    if (field == null) {
      return;
    }
    if (!(record.get(field.pos()) instanceof SpecificRecord body)) {
      throw new IllegalArgumentException(
          record.getSchema().getName() + " has no body; set the one that it carries.");
    }
    requireBody(body);
  }
}
