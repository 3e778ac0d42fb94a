package io.avatarflow.operators.program;

import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.avatarflow.operators.pack.PackManifest;
import io.avatarflow.operators.pack.PackManifest.Graph;
import io.avatarflow.operators.pack.PackManifest.TensorSpec;
import io.avatarflow.operators.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * A pack whose graphs are Java functions of one row: by default each output element is a different
 * bounded mixture of all inputs, so that whatever is fed wrongly shows. Keeps a list of the runs.
 */
final class FakePack {
  /** One run of a graph. */
  record Run(String graph, List<Map<String, Tensor>> rows) {}

  static final String DIGEST = "ab".repeat(32);

  final List<Run> runs = new ArrayList<>();
  private final PackManifest manifest;
  private final Map<String, UnaryOperator<Map<String, Tensor>>> functions = new HashMap<>();

  FakePack() {
    this("", "");
  }

  /** The pack with a piece of its manifest replaced. */
  FakePack(String piece, String replacement) {
    String text = yaml();
    if (!text.contains(piece)) {
      throw new IllegalArgumentException("The manifest has no \"" + piece + "\".");
    }
    try {
      manifest = new YAMLMapper().readValue(text.replace(piece, replacement), PackManifest.class);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String yaml() {
    try (InputStream in = FakePack.class.getResourceAsStream("/program/pack.yaml")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  PackManifest manifest() {
    return manifest;
  }

  /** Replaces what a graph computes. */
  FakePack with(String graph, UnaryOperator<Map<String, Tensor>> function) {
    functions.put(graph, function);
    return this;
  }

  ProgramStage stage(String name) {
    return new ProgramStage(name, manifest, DIGEST, name, this::runner);
  }

  List<String> graphsRun() {
    return runs.stream().map(Run::graph).toList();
  }

  private GraphRunner runner(String graph) {
    return new GraphRunner() {
      @Override
      public String graph() {
        return graph;
      }

      @Override
      public List<Map<String, Tensor>> run(List<Map<String, Tensor>> rows) {
        runs.add(new Run(graph, List.copyOf(rows)));
        return rows.stream()
            .map(functions.getOrDefault(graph, row -> mix(manifest.graphs().get(graph), row)))
            .toList();
      }
    };
  }

  /** Outputs of the graph's shapes, each element a mixture of all input bytes. */
  static Map<String, Tensor> mix(Graph graph, Map<String, Tensor> row) {
    double sum = 0;
    int at = 0;
    for (Tensor input : new TreeMap<>(row).values()) {
      for (byte b : input.bytes()) {
        sum += b * Math.sin(0.1 + at++);
      }
    }
    Map<String, Tensor> outputs = new HashMap<>();
    for (Map.Entry<String, TensorSpec> output : graph.outputs().entrySet()) {
      outputs.put(output.getKey(), fill(output.getValue(), sum + output.getKey().hashCode()));
    }
    return outputs;
  }

  private static Tensor fill(TensorSpec spec, double seed) {
    int[] shape = spec.rowShape();
    int size = (int) Tensor.elements(shape);
    ByteBuffer bytes =
        ByteBuffer.allocate(size * spec.type().bytes()).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < size; i++) {
      double value = Math.sin(seed + i);
      switch (spec.type()) {
        case FLOAT32 -> bytes.putFloat((float) value);
        case FLOAT16 -> bytes.putShort((short) (0x3800 + (int) (100 * value)));
        case UINT8 -> bytes.put((byte) (127 * value));
        default -> throw new IllegalArgumentException("The fake has no " + spec.type());
      }
    }
    return Tensor.of(spec.type(), shape, bytes.array());
  }
}
