package io.avatarflow.jobs.replay;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.avatarflow.schemas.SessionOutput;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.HexFormat;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificRecord;

/**
 * Writes a record of the frames topic as one line of JSON: the fields under their names, bodies
 * with their {@code type}, payloads as their number of bytes, pixel hashes as 16 hexadecimal
 * digits.
 */
final class RecordJson {
  private static final JsonFactory JSON = new JsonFactory();
  private static final HexFormat HEX = HexFormat.of();
  private static final int USUAL_LENGTH = 1024;

  private RecordJson() {}

  /** The line, without its end. */
  static String line(SessionOutput output) {
    StringWriter line = new StringWriter(USUAL_LENGTH);
    try (JsonGenerator json = JSON.createGenerator(line)) {
      object(json, output);
    } catch (IOException e) {
      throw new UncheckedIOException("A line in memory cannot be written.", e);
    }
    return line.toString();
  }

  private static void object(JsonGenerator json, SpecificRecord record) throws IOException {
    json.writeStartObject();
    json.writeStringField("type", record.getSchema().getName());
    for (Schema.Field field : record.getSchema().getFields()) {
      field(json, field.name(), record.get(field.pos()));
    }
    json.writeEndObject();
  }

  private static void field(JsonGenerator json, String name, Object value) throws IOException {
    if (value instanceof ByteBuffer bytes) {
      json.writeNumberField(name + "Bytes", bytes.remaining());
    } else if (name.equals("pixelHash")) {
      json.writeStringField(name, HEX.toHexDigits((Long) value));
    } else if (value != null) {
      json.writeFieldName(name);
      value(json, value);
    }
  }

  private static void value(JsonGenerator json, Object value) throws IOException {
    if (value instanceof SpecificRecord record) {
      object(json, record);
    } else if (value instanceof Collection<?> values) {
      json.writeStartArray();
      for (Object each : values) {
        value(json, each);
      }
      json.writeEndArray();
    } else if (value instanceof Long || value instanceof Integer) {
      json.writeNumber(((Number) value).longValue());
    } else if (value instanceof Number number) {
      json.writeNumber(number.doubleValue());
    } else if (value instanceof Boolean flag) {
      json.writeBoolean(flag);
    } else {
      json.writeString(value.toString());
    }
  }
}
