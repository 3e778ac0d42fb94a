package io.avatarflow.operators.pack;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Walks the protobuf of an ONNX file without building it in memory: weights are skipped, nodes and
 * value infos are read.
 *
 * <p>Field numbers are those of onnx.proto (ONNX 1.x, IR version 3 to 10). Depth of sub-graphs,
 * number of nodes and length of names are bounded, so that a hostile file costs no more than its
 * size.
 */
final class OnnxModelReader {
  private static final int MAX_DEPTH = 16;
  private static final int MAX_NODES = 200_000;
  private static final int MAX_AXES = 16;
  private static final int EXTERNAL = 1;
  private static final int SMALL_TENSOR = 64;

  private final Map<String, OnnxModel.Value> inputs = new LinkedHashMap<>();
  private final Map<String, OnnxModel.Value> outputs = new LinkedHashMap<>();
  private final List<OnnxModel.Node> nodes = new ArrayList<>();
  private final List<String> externalData = new ArrayList<>();
  private final List<String> zeroConstants = new ArrayList<>();
  private final Set<String> initializers = new LinkedHashSet<>();
  private long opset;

  private OnnxModelReader() {}

  /**
   * Reads a model.
   *
   * @throws IOException if the bytes are not an ONNX model or exceed a bound
   */
  static OnnxModel read(byte[] onnx) throws IOException {
    OnnxModelReader reader = new OnnxModelReader();
    CodedInputStream in = CodedInputStream.newInstance(onnx);
    in.setSizeLimit(Integer.MAX_VALUE);
    reader.model(in);
    reader.initializers.forEach(reader.inputs::remove);
    if (reader.outputs.isEmpty() || reader.opset == 0) {
      throw new IOException("no graph with outputs and an operator set in it");
    }
    return new OnnxModel(
        reader.opset,
        reader.inputs,
        reader.outputs,
        reader.nodes,
        reader.externalData,
        reader.zeroConstants);
  }

  private interface Message {
    void read(CodedInputStream in) throws IOException;
  }

  private static void nested(CodedInputStream in, Message message) throws IOException {
    int limit = in.pushLimit(in.readRawVarint32());
    message.read(in);
    in.checkLastTagWas(0);
    in.popLimit(limit);
  }

  private void model(CodedInputStream in) throws IOException {
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (WireFormat.getTagFieldNumber(tag)) {
        case 7 -> nested(in, graph -> graph(graph, 0));
        case 8 -> nested(in, this::operatorSet);
        case 25 -> nested(in, this::function);
        default -> in.skipField(tag);
      }
    }
  }

  private void operatorSet(CodedInputStream in) throws IOException {
    String domain = "";
    long version = 0;
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (WireFormat.getTagFieldNumber(tag)) {
        case 1 -> domain = in.readString();
        case 2 -> version = in.readInt64();
        default -> in.skipField(tag);
      }
    }
    if (domain.isEmpty() || domain.equals("ai.onnx")) {
      opset = version;
    }
  }

  private void graph(CodedInputStream in, int depth) throws IOException {
    if (depth > MAX_DEPTH) {
      throw new IOException("sub-graphs nested deeper than " + MAX_DEPTH);
    }
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (WireFormat.getTagFieldNumber(tag)) {
        case 1 -> nested(in, node -> node(node, depth));
        case 5 -> nested(in, tensor -> tensor(tensor, depth == 0));
        case 11 -> nested(in, value -> value(value, depth == 0 ? inputs : new LinkedHashMap<>()));
        case 12 -> nested(in, value -> value(value, depth == 0 ? outputs : new LinkedHashMap<>()));
        default -> in.skipField(tag);
      }
    }
  }

  private void function(CodedInputStream in) throws IOException {
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (WireFormat.getTagFieldNumber(tag) == 7) {
        nested(in, node -> node(node, 1));
      } else {
        in.skipField(tag);
      }
    }
  }

  private void node(CodedInputStream in, int depth) throws IOException {
    if (nodes.size() >= MAX_NODES) {
      throw new IOException("more than " + MAX_NODES + " nodes");
    }
    String name = "";
    String domain = "";
    String operator = "";
    List<String> nodeInputs = new ArrayList<>();
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (WireFormat.getTagFieldNumber(tag)) {
        case 1 -> nodeInputs.add(in.readString());
        case 3 -> name = in.readString();
        case 4 -> operator = in.readString();
        case 5 -> nested(in, attribute -> attribute(attribute, depth));
        case 7 -> domain = in.readString();
        default -> in.skipField(tag);
      }
    }
    nodes.add(new OnnxModel.Node(name, domain, operator, List.copyOf(nodeInputs)));
  }

  private void attribute(CodedInputStream in, int depth) throws IOException {
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (WireFormat.getTagFieldNumber(tag)) {
        case 5, 10 -> nested(in, tensor -> tensor(tensor, false));
        case 6, 11 -> nested(in, graph -> graph(graph, depth + 1));
        default -> in.skipField(tag);
      }
    }
  }

  private void tensor(CodedInputStream in, boolean initializer) throws IOException {
    String name = "";
    boolean external = false;
    boolean zero = true;
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (WireFormat.getTagFieldNumber(tag)) {
        case 8 -> name = in.readString();
        case 9 -> zero = smallZero(in);
        case 13 -> {
          external = true;
          in.skipField(tag);
        }
        case 14 -> external |= in.readEnum() == EXTERNAL;
        case 4, 5, 6, 7, 10, 11 -> {
          zero = false;
          in.skipField(tag);
        }
        default -> in.skipField(tag);
      }
    }
    if (external) {
      externalData.add(name);
    }
    if (initializer) {
      initializers.add(name);
      if (zero) {
        zeroConstants.add(name);
      }
    }
  }

  private static boolean smallZero(CodedInputStream in) throws IOException {
    int size = in.readRawVarint32();
    if (size > SMALL_TENSOR) {
      in.skipRawBytes(size);
      return false;
    }
    boolean zero = true;
    for (byte value : in.readRawBytes(size)) {
      zero &= value == 0;
    }
    return zero;
  }

  private static void value(CodedInputStream in, Map<String, OnnxModel.Value> into)
      throws IOException {
    String[] name = {""};
    OnnxModel.Value[] type = {new OnnxModel.Value(0, List.of())};
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (WireFormat.getTagFieldNumber(tag)) {
        case 1 -> name[0] = in.readString();
        case 2 -> nested(in, message -> type[0] = type(message));
        default -> in.skipField(tag);
      }
    }
    into.put(name[0], type[0]);
  }

  private static OnnxModel.Value type(CodedInputStream in) throws IOException {
    int[] element = {0};
    List<String> shape = new ArrayList<>();
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (WireFormat.getTagFieldNumber(tag) == 1) {
        nested(in, tensor -> tensorType(tensor, element, shape));
      } else {
        in.skipField(tag);
      }
    }
    return new OnnxModel.Value(element[0], List.copyOf(shape));
  }

  private static void tensorType(CodedInputStream in, int[] element, List<String> shape)
      throws IOException {
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (WireFormat.getTagFieldNumber(tag)) {
        case 1 -> element[0] = in.readInt32();
        case 2 -> nested(in, axes -> axes(axes, shape));
        default -> in.skipField(tag);
      }
    }
  }

  private static void axes(CodedInputStream in, List<String> shape) throws IOException {
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (WireFormat.getTagFieldNumber(tag) == 1) {
        if (shape.size() >= MAX_AXES) {
          throw new IOException("a tensor of more than " + MAX_AXES + " axes");
        }
        nested(in, axis -> shape.add(axis(axis)));
      } else {
        in.skipField(tag);
      }
    }
  }

  private static String axis(CodedInputStream in) throws IOException {
    String axis = "?";
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (WireFormat.getTagFieldNumber(tag)) {
        case 1 -> axis = Long.toString(in.readInt64());
        case 2 -> {
          String symbol = in.readString();
          axis = symbol.isEmpty() ? "?" : symbol;
        }
        default -> in.skipField(tag);
      }
    }
    return axis;
  }
}
