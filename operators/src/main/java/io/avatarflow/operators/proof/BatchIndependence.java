package io.avatarflow.operators.proof;

import io.avatarflow.operators.pack.ModelPack;
import io.avatarflow.operators.pack.PackException;
import io.avatarflow.operators.pack.PackManifest;
import io.avatarflow.operators.pack.RandomRows;
import io.avatarflow.operators.program.GraphRunner;
import io.avatarflow.operators.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Whether a row of a graph comes out the same alone and among neighbours, bit for bit. */
final class BatchIndependence {
  private static final long SEED = 1;

  private BatchIndependence() {}

  /**
   * Runs random rows alone and in batches of two and of the largest size.
   *
   * @return what was compared
   * @throws PackException if a row differs and the pack promises bits
   */
  static String check(ModelPack pack, String graph) {
    PackManifest manifest = pack.manifest();
    GraphRunner runner = pack.runner(graph);
    int max = manifest.batch().max();
    List<Map<String, Tensor>> rows = RandomRows.of(manifest.graphs().get(graph), max, SEED);
    List<Map<String, Tensor>> alone = new ArrayList<>();
    for (int row : new int[] {0, 1, max - 1}) {
      alone.add(runner.run(List.of(rows.get(Math.min(row, max - 1)))).get(0));
    }
    List<Map<String, Tensor>> all = runner.run(rows);
    boolean equal = all.get(0).equals(alone.get(0)) && all.get(max - 1).equals(alone.get(2));
    if (max > 1) {
      List<Map<String, Tensor>> two = runner.run(rows.subList(0, 2));
      equal &= two.equals(alone.subList(0, 2));
    }
    if (!equal && manifest.determinism() == PackManifest.Determinism.BIT) {
      throw new PackException(
          "Pack \"%s\": a row of graph %s has other bits among %d rows than alone, but the pack promises bits; declare batch.buckets or determinism: tolerance."
              .formatted(manifest.name(), graph, max));
    }
    return equal
        ? "the same bits alone, in 2 and in %d rows".formatted(max)
        : "bits depend on the batch size";
  }
}
