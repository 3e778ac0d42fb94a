package io.avatarflow.jobs.replay;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.avatarflow.schemas.SessionOutput;
import java.nio.ByteBuffer;
import java.util.Collection;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificRecord;

/**
 * Writes a record of the frames topic as one line of JSON: the fields under their names, bodies
 * with their {@code type}, payloads as their number of bytes, pixel hashes as 16 hexadecimal
 * digits.
 */
final class RecordJson {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private RecordJson() {}

  /** The line, without its end. */
  static String line(SessionOutput output) {
    return node(output).toString();
  }

  private static ObjectNode node(SpecificRecord record) {
    ObjectNode node = MAPPER.createObjectNode();
    node.put("type", record.getSchema().getName());
    for (Schema.Field field : record.getSchema().getFields()) {
      put(node, field.name(), record.get(field.pos()));
    }
    return node;
  }

  private static void put(ObjectNode node, String name, Object value) {
    if (value instanceof SpecificRecord record) {
      node.set(name, node(record));
    } else if (value instanceof ByteBuffer bytes) {
      node.put(name + "Bytes", bytes.remaining());
    } else if (value instanceof Collection<?> values) {
      ArrayNode array = node.putArray(name);
      values.forEach(v -> array.add(v instanceof SpecificRecord r ? node(r) : text(v)));
    } else if (name.equals("pixelHash")) {
      node.put(name, "%016x".formatted((Long) value));
    } else if (value instanceof Long number) {
      node.put(name, number);
    } else if (value instanceof Integer number) {
      node.put(name, number);
    } else if (value instanceof Boolean flag) {
      node.put(name, flag);
    } else if (value instanceof Number number) {
      node.put(name, number.doubleValue());
    } else if (value != null) {
      node.put(name, value.toString());
    }
  }

  private static com.fasterxml.jackson.databind.JsonNode text(Object value) {
    return MAPPER.valueToTree(value instanceof Number ? value : value.toString());
  }
}
