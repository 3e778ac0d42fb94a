package io.avatarflow.operators.pack;

import static io.avatarflow.operators.pack.OnnxBytes.message;
import static io.avatarflow.operators.pack.OnnxBytes.model;
import static io.avatarflow.operators.pack.OnnxBytes.node;
import static io.avatarflow.operators.pack.OnnxBytes.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.avatarflow.operators.pack.PackManifest.TensorSpec;
import io.avatarflow.operators.tensor.ElementType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GraphRulesTest {
  private static final PackManifest.Graph MANIFEST =
      new PackManifest.Graph(
          "g.onnx",
          Map.of("x", new TensorSpec(ElementType.FLOAT32, List.of("batch", "4"))),
          Map.of("y", new TensorSpec(ElementType.FLOAT32, List.of("batch", "4"))));

  private static List<String> problems(byte[] onnx) throws IOException {
    List<String> problems = new ArrayList<>();
    GraphRules.check("g", MANIFEST, OnnxModelReader.read(onnx), new Problems("test", problems));
    return problems;
  }

  private static OnnxBytes graph(OnnxBytes... nodes) {
    OnnxBytes graph = message();
    for (OnnxBytes node : nodes) {
      graph.message(1, node);
    }
    return graph.message(11, value("x", "batch", "4")).message(12, value("y", "batch", "4"));
  }

  @Test
  void plainGraphIsFine() throws IOException {
    assertThat(problems(model(graph(node("Relu", List.of("x"), "y"))))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "RandomNormal",
        "RandomNormalLike",
        "RandomUniform",
        "RandomUniformLike",
        "Multinomial",
        "Bernoulli"
      })
  void randomOperatorIsRefused(String operator) throws IOException {
    assertThat(problems(model(graph(node(operator, List.of("x"), "y")))))
        .containsExactly(
            "Pack \"test\": graph g.onnx: node \"the_%s\" is a random operator (%s); noise has to come in as an input, declare it under noise."
                .formatted(operator, operator));
  }

  @Test
  void randomOperatorInsideABranchIsRefused() throws IOException {
    OnnxBytes branch =
        message().message(1, node("RandomNormal", List.of(), "z")).message(12, value("z", "4"));
    OnnxBytes attribute = message().text(1, "then_branch").message(6, branch).number(20, 5);
    OnnxBytes conditional = node("If", List.of("x"), "y").message(5, attribute);
    assertThat(problems(model(graph(conditional))))
        .singleElement()
        .asString()
        .contains("the_RandomNormal");
  }

  @Test
  void randomOperatorInsideAFunctionIsRefused() throws IOException {
    OnnxBytes function = message().text(1, "f").message(7, node("Bernoulli", List.of("a"), "b"));
    byte[] plain = model(graph(node("Relu", List.of("x"), "y")));
    byte[] tail = message().message(25, function).toBytes();
    byte[] both = Arrays.copyOf(plain, plain.length + tail.length);
    System.arraycopy(tail, 0, both, plain.length, tail.length);
    assertThat(problems(both)).singleElement().asString().contains("the_Bernoulli");
  }

  @Test
  void dropoutIsRefusedOnlyInTrainingMode() throws IOException {
    OnnxBytes idle = message().number(1, 1).number(2, 9).text(8, "mode").raw(9, (byte) 0);
    OnnxBytes training = message().number(1, 1).number(2, 9).text(8, "mode").raw(9, (byte) 1);
    OnnxBytes dropout = node("Dropout", List.of("x", "", "mode"), "y");
    assertThat(problems(model(graph(node("Dropout", List.of("x"), "y"))))).isEmpty();
    assertThat(problems(model(graph(dropout).message(5, idle)))).isEmpty();
    assertThat(problems(model(graph(dropout).message(5, training))))
        .singleElement()
        .asString()
        .contains("Dropout in training mode");
  }

  @Test
  void tensorWithoutABatchAxisIsRefused() throws IOException {
    OnnxBytes graph = message().message(1, node("Relu", List.of("x"), "y"));
    graph.message(11, value("x", "1", "4")).message(12, value("y", "batch", "4"));
    assertThat(problems(model(graph)))
        .containsExactly(
            "Pack \"test\": graph g.onnx: input \"x\" has shape [1, 4] without a batch axis; export its first axis as \"batch\".");
  }

  @Test
  void weightsOutsideTheFileAreRefused() throws IOException {
    OnnxBytes outside = message().number(1, 4).number(2, 1).text(8, "w").number(14, 1);
    assertThat(problems(model(graph(node("Relu", List.of("x"), "y")).message(5, outside))))
        .singleElement()
        .asString()
        .contains("keeps tensor \"w\" outside the file");
  }

  @Test
  void operatorOfAForeignDomainIsRefused() throws IOException {
    assertThat(problems(model(graph(node("Magic", List.of("x"), "y").text(7, "org.example")))))
        .singleElement()
        .asString()
        .contains("operator set \"org.example\"");
  }

  @Test
  void garbageIsNoModel() {
    assertThatThrownBy(() -> OnnxModelReader.read(new byte[] {1, 2, 3}))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> OnnxModelReader.read(new byte[0])).isInstanceOf(IOException.class);
  }

  @Test
  void subGraphsAreReadToABoundedDepth() {
    OnnxBytes inner = message().message(1, node("Relu", List.of("x"), "y"));
    for (int i = 0; i < 40; i++) {
      OnnxBytes attribute = message().text(1, "body").message(6, inner);
      inner = message().message(1, node("If", List.of("x"), "y").message(5, attribute));
    }
    byte[] deep = model(inner.message(12, value("y", "batch")));
    assertThatThrownBy(() -> OnnxModelReader.read(deep))
        .hasMessageContaining("nested deeper than 16");
  }
}
