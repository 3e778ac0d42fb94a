package io.avatarflow.operators.pack;

import io.avatarflow.operators.pack.PackManifest.Aligner;
import io.avatarflow.operators.pack.PackManifest.Graph;
import io.avatarflow.operators.pack.PackManifest.TensorSpec;
import io.avatarflow.operators.tensor.ElementType;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** What the {@code aligner} section of a manifest and its graph must be; see {@link Aligner}. */
final class AlignerRules {
  private static final int POINTS = 5;
  private static final int MAX_SIDE = 512;

  private final Aligner aligner;
  private final Problems problems;

  private AlignerRules(Aligner aligner, Problems problems) {
    this.aligner = aligner;
    this.problems = problems;
  }

  static void check(PackManifest manifest, Problems problems) {
    if (manifest.aligner() == null) {
      return;
    }
    AlignerRules rules = new AlignerRules(manifest.aligner(), problems);
    rules.numbers();
    Graph graph = manifest.graphs().get(manifest.aligner().graph());
    if (problems.require(
        graph != null,
        "aligner.graph is \"%s\", which graphs does not have; name one of %s.",
        manifest.aligner().graph(),
        String.join(", ", manifest.graphs().keySet()))) {
      rules.tensors(graph);
    }
  }

  private void numbers() {
    problems.require(
        aligner.points().size() == POINTS
            && aligner.points().stream()
                .allMatch(
                    point -> point.size() == 2 && point.stream().allMatch(x -> x > 0 && x < 1)),
        "aligner.points is %s; give x and y of five points as fractions of the crop.",
        aligner.points());
    problems.require(
        aligner.minScore() > 0 && aligner.minScore() < 1,
        "aligner.minScore is %s; use a number between 0 and 1.",
        aligner.minScore());
    problems.require(
        aligner.maxYawDegrees() > 0 && aligner.maxYawDegrees() <= 90,
        "aligner.maxYawDegrees is %s; use up to 90.",
        aligner.maxYawDegrees());
    problems.require(
        aligner.minCropPixels() >= 1,
        "aligner.minCropPixels is %d; use 1 or more.",
        aligner.minCropPixels());
  }

  private void tensors(Graph graph) {
    TensorSpec picture = graph.inputs().get("picture");
    problems.require(
        graph.inputs().size() == 1
            && picture != null
            && picture.type() == ElementType.UINT8
            && isPicture(picture.rowShape()),
        "graph %s takes %s; an aligner takes picture uint8 [batch, S, S, 3], S up to %d.",
        aligner.graph(),
        graph.inputs().keySet(),
        MAX_SIDE);
    TensorSpec score = graph.outputs().get("score");
    int cells = score == null || score.shape().size() != 3 ? 0 : score.rowShape()[0];
    Map.of(
            "score", List.of(cells, cells),
            "points", List.of(cells, cells, 2 * POINTS),
            "angles", List.of(cells, cells, 2))
        .forEach(
            (name, shape) -> {
              TensorSpec spec = graph.outputs().get(name);
              problems.require(
                  spec != null
                      && cells > 0
                      && spec.type() == ElementType.FLOAT32
                      && IntStream.of(spec.rowShape()).boxed().toList().equals(shape),
                  "graph %s has no float32 output \"%s\" of %s; an aligner gives score [N, N], points [N, N, 10] and angles [N, N, 2].",
                  aligner.graph(),
                  name,
                  shape);
            });
  }

  private static boolean isPicture(int[] shape) {
    return shape.length == 3
        && shape[0] == shape[1]
        && shape[0] >= 16
        && shape[0] <= MAX_SIDE
        && shape[2] == 3;
  }
}
