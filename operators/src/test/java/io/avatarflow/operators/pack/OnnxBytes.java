package io.avatarflow.operators.pack;

import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Writes tiny ONNX files, field by field of onnx.proto, for tests of the reader and of refusals.
 */
final class OnnxBytes {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final CodedOutputStream out = CodedOutputStream.newInstance(bytes);

  private OnnxBytes() {}

  static OnnxBytes message() {
    return new OnnxBytes();
  }

  OnnxBytes number(int field, long value) {
    return write(() -> out.writeInt64(field, value));
  }

  OnnxBytes text(int field, String value) {
    return write(() -> out.writeByteArray(field, value.getBytes(StandardCharsets.UTF_8)));
  }

  OnnxBytes message(int field, OnnxBytes message) {
    return write(() -> out.writeByteArray(field, message.toBytes()));
  }

  OnnxBytes raw(int field, byte... value) {
    return write(() -> out.writeByteArray(field, value));
  }

  byte[] toBytes() {
    write(out::flush);
    return bytes.toByteArray();
  }

  private interface Write {
    void run() throws IOException;
  }

  private OnnxBytes write(Write write) {
    try {
      write.run();
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A model of operator set 17 around a graph. */
  static byte[] model(OnnxBytes graph) {
    return message()
        .number(1, 8)
        .message(8, message().text(1, "").number(2, 17))
        .message(7, graph)
        .toBytes();
  }

  /** A node. */
  static OnnxBytes node(String operator, List<String> inputs, String output) {
    OnnxBytes node = message();
    inputs.forEach(input -> node.text(1, input));
    return node.text(2, output).text(3, "the_" + operator).text(4, operator);
  }

  /** A float32 value info; an axis is a number or a symbol. */
  static OnnxBytes value(String name, String... axes) {
    OnnxBytes shape = message();
    for (String axis : axes) {
      OnnxBytes dimension = message();
      if (axis.matches("[0-9]+")) {
        dimension.number(1, Long.parseLong(axis));
      } else {
        dimension.text(2, axis);
      }
      shape.message(1, dimension);
    }
    OnnxBytes tensor = message().number(1, 1).message(2, shape);
    return message().text(1, name).message(2, message().message(1, tensor));
  }
}
