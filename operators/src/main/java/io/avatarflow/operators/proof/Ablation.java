package io.avatarflow.operators.proof;

import io.avatarflow.operators.pack.ModelPack;
import io.avatarflow.operators.pack.PackException;
import io.avatarflow.operators.pack.PackManifest;
import io.avatarflow.operators.program.GraphRunner;
import io.avatarflow.operators.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Finds graphs that do nothing: replaces a graph's outputs by zeros and looks whether the pictures
 * change.
 *
 * <p>The change is measured in dB against what moves in the clip anyway: {@code 10 log10(1 + E / (M
 * + 1/6))}, where E is the mean squared difference between the pictures with and without the graph,
 * M the mean squared difference from each picture to the next, and 1/6 what rounding two pictures
 * to 8 bits makes of itself. A graph may matter in one place only, lids or lips, so E and M are
 * taken by tile, one of 8 x 8, and the tile that changes most counts. Below {@value #LEAST_DB} dB
 * there, a graph does nothing. A graph below that figure over the whole picture is let pass with a
 * notice.
 */
final class Ablation {
  /** Least change of the pictures, dB. */
  static final double LEAST_DB = 0.1;

  private final ModelPack pack;
  private final ProofVectors.Vector vector;
  private final byte[] pcm;
  private Optional<ProofRun> normal = Optional.empty();

  Ablation(ModelPack pack, ProofVectors.Vector vector, byte[] pcm) {
    this.pack = pack;
    this.vector = vector;
    this.pcm = pcm.clone();
  }

  /**
   * Runs the proof session without a graph.
   *
   * @return the change that was found
   * @throws PackException if it is too small
   */
  String check(String graph, Consumer<String> notices) {
    PackManifest.Aligner aligner = pack.manifest().aligner();
    if (aligner != null && aligner.graph().equals(graph)) {
      return new AlignerAblation(pack).check(zeros(graph));
    }
    if (normal.isEmpty()) {
      normal = Optional.of(ProofRun.of(pack, pack::runner, vector, pcm, false));
    }
    List<byte[]> with = normal.get().pictures();
    ProofRun without =
        ProofRun.of(
            pack,
            name -> name.equals(graph) ? zeros(graph) : pack.runner(name),
            vector,
            pcm,
            false);
    PictureError measure = new PictureError(pack.manifest().picture());
    double[] error = measure.byTile(with, without.pictures());
    double[] movement = measure.movement(with);
    double most = 0;
    for (int tile = 0; tile < error.length; tile++) {
      most = Math.max(most, PictureError.change(error[tile], movement[tile]));
    }
    double whole = PictureError.change(PictureError.mean(error), PictureError.mean(movement));
    String figures =
        "%.2f dB where it matters most, %.2f dB over the picture, PSNR %.1f dB"
            .formatted(most, whole, PictureError.psnr(PictureError.mean(error)));
    if (!(most >= LEAST_DB)) {
      throw new PackException(
          "Pack \"%s\": without graph %s the pictures change by %s; at least %.1f dB somewhere is expected, so remove the graph or train it."
              .formatted(pack.manifest().name(), graph, figures, LEAST_DB));
    }
    if (whole < LEAST_DB) {
      notices.accept(
          "Graph %s matters little: without it the whole picture changes by %.2f dB of its movement."
              .formatted(graph, whole));
    }
    return figures;
  }

  private GraphRunner zeros(String graph) {
    Map<String, Tensor> row = new LinkedHashMap<>();
    PackManifest.Graph spec = pack.manifest().graphs().get(graph);
    spec.outputs()
        .forEach((name, tensor) -> row.put(name, Tensor.zeros(tensor.type(), tensor.rowShape())));
    return new GraphRunner() {
      @Override
      public String graph() {
        return graph;
      }

      @Override
      public List<Map<String, Tensor>> run(List<Map<String, Tensor>> rows) {
        return rows.stream().map(ignored -> row).toList();
      }
    };
  }
}
