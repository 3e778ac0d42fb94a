package io.avatarflow.operators.pack;

import io.avatarflow.operators.pack.PackManifest.TensorSpec;
import io.avatarflow.operators.tensor.ElementType;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a graph must be: deterministic, self-contained, with a batch axis on every tensor, and with
 * exactly the tensors that the manifest says.
 */
final class GraphRules {
  private static final int MIN_OPSET = 12;
  private static final Set<String> RANDOM =
      Set.of(
          "RandomNormal",
          "RandomNormalLike",
          "RandomUniform",
          "RandomUniformLike",
          "Multinomial",
          "Bernoulli");
  private static final Set<String> DOMAINS = Set.of("", "ai.onnx", "com.microsoft", "ai.onnx.ml");

  private final PackManifest.Graph graph;
  private final OnnxModel model;
  private final Problems problems;

  private GraphRules(PackManifest.Graph graph, OnnxModel model, Problems problems) {
    this.graph = graph;
    this.model = model;
    this.problems = problems;
  }

  static void check(String name, PackManifest.Graph graph, OnnxModel model, Problems problems) {
    GraphRules rules = new GraphRules(graph, model, problems);
    problems.require(
        model.opset() >= MIN_OPSET,
        "graph %s (%s) uses operator set %d, at least %d is needed; export it for 17.",
        name,
        graph.file(),
        model.opset(),
        MIN_OPSET);
    problems.require(
        model.externalData().isEmpty(),
        "graph %s keeps tensor \"%s\" outside the file; export it with its weights inside.",
        graph.file(),
        model.externalData().isEmpty() ? "" : model.externalData().get(0));
    model.nodes().forEach(rules::node);
    rules.tensors("input", model.inputs(), graph.inputs(), false);
    rules.tensors("output", model.outputs(), graph.outputs(), true);
  }

  private void node(OnnxModel.Node node) {
    problems.require(
        DOMAINS.contains(node.domain()),
        "graph %s: node \"%s\" (%s) is of operator set \"%s\", which the engine has not; use standard operators.",
        graph.file(),
        node.name(),
        node.operator(),
        node.domain());
    problems.require(
        !RANDOM.contains(node.operator()),
        "graph %s: node \"%s\" is a random operator (%s); noise has to come in as an input, declare it under noise.",
        graph.file(),
        node.name(),
        node.operator());
    problems.require(
        !trainsDropout(node),
        "graph %s: node \"%s\" is a Dropout in training mode, which is random; export the model in evaluation mode.",
        graph.file(),
        node.name());
  }

  private boolean trainsDropout(OnnxModel.Node node) {
    return node.operator().equals("Dropout")
        && node.inputs().size() > 2
        && !node.inputs().get(2).isEmpty()
        && !model.zeroConstants().contains(node.inputs().get(2));
  }

  private void tensors(
      String kind,
      Map<String, OnnxModel.Value> actual,
      Map<String, TensorSpec> declared,
      boolean unknownAllowed) {
    declared.forEach(
        (name, spec) -> {
          OnnxModel.Value value = actual.get(name);
          if (problems.require(
              value != null,
              "graph %s has no %s \"%s\" that the manifest names; it has %s.",
              graph.file(),
              kind,
              name,
              String.join(", ", actual.keySet()))) {
            tensor(kind, name, value, spec, unknownAllowed);
          }
        });
    if (kind.equals("input")) {
      actual.keySet().stream()
          .filter(name -> !declared.containsKey(name))
          .forEach(
              name ->
                  problems.add(
                      "graph %s has an input \"%s\" that the manifest does not name; add it or export the graph without.",
                      graph.file(), name));
    }
  }

  private void tensor(
      String kind, String name, OnnxModel.Value value, TensorSpec spec, boolean unknownAllowed) {
    List<String> shape = value.shape();
    if (shape.isEmpty() || isNumber(shape.get(0))) {
      problems.add(
          "graph %s: %s \"%s\" has shape %s without a batch axis; export its first axis as \"%s\".",
          graph.file(), kind, name, show(shape), TensorSpec.BATCH);
      return;
    }
    boolean equal = shape.size() == spec.shape().size();
    for (int i = 1; equal && i < shape.size(); i++) {
      equal =
          shape.get(i).equals(spec.shape().get(i)) || (unknownAllowed && !isNumber(shape.get(i)));
    }
    problems.require(
        equal,
        "graph %s: %s \"%s\" has shape %s, manifest says %s; correct the one that is wrong.",
        graph.file(),
        kind,
        name,
        show(shape),
        show(spec.shape()));
    problems.require(
        value.elementType() == onnxType(spec.type()),
        "graph %s: %s \"%s\" has ONNX element type %d, manifest says %s (%d); correct the one that is wrong.",
        graph.file(),
        kind,
        name,
        value.elementType(),
        spec.type().manifestName(),
        onnxType(spec.type()));
  }

  private static boolean isNumber(String axis) {
    return axis.matches("-?[0-9]+");
  }

  private static String show(List<String> shape) {
    return shape.stream()
        .map(axis -> axis.equals(TensorSpec.BATCH) ? "B" : axis)
        .collect(Collectors.joining(", ", "[", "]"));
  }

  private static int onnxType(ElementType type) {
    return switch (type) {
      case FLOAT32 -> 1;
      case UINT8 -> 2;
      case INT32 -> 6;
      case INT64 -> 7;
      case BOOL -> 9;
      case FLOAT16 -> 10;
    };
  }
}
