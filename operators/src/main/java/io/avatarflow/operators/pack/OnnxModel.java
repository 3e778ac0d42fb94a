package io.avatarflow.operators.pack;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What an ONNX file says about itself, as far as the engine judges it.
 *
 * @param opset version of the default operator set
 * @param inputs inputs that are not initializers, in order
 * @param outputs outputs, in order
 * @param nodes every node, those of sub-graphs and functions included
 * @param externalData names of tensors whose data lies outside the file
 * @param zeroConstants names of initializers that hold nothing but zero bytes
 */
record OnnxModel(
    long opset,
    Map<String, Value> inputs,
    Map<String, Value> outputs,
    List<Node> nodes,
    List<String> externalData,
    List<String> zeroConstants) {

  /**
   * A graph's input or output.
   *
   * @param elementType number of the ONNX element type, 0 when unknown
   * @param shape axes: a number, a symbol, or {@code ?}
   */
  record Value(int elementType, List<String> shape) {}

  /**
   * A node.
   *
   * @param name as the exporter named it, may be empty
   * @param domain operator set, empty for the default one
   * @param operator operator type
   * @param inputs names of its inputs, empty for those left out
   */
  record Node(String name, String domain, String operator, List<String> inputs) {}

  /** How often each operator occurs. */
  SortedMap<String, Integer> operators() {
    SortedMap<String, Integer> counts = new TreeMap<>();
    nodes.forEach(node -> counts.merge(node.operator(), 1, Integer::sum));
    return counts;
  }
}
