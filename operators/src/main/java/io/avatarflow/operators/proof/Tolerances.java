package io.avatarflow.operators.proof;

import io.avatarflow.operators.pack.PackException;
import io.avatarflow.operators.pack.PackManifest;
import io.avatarflow.operators.tensor.ElementType;
import io.avatarflow.operators.tensor.Tensor;
import java.util.List;
import java.util.Map;

/** Compares the last block of a proof with the expected one where bits may differ. */
final class Tolerances {
  private Tolerances() {}

  /**
   * Compares float tensors by their largest difference and pictures by PSNR; a pack of class {@code
   * visual} by pictures alone.
   *
   * @return the figures that were found
   * @throws PackException if one is outside the tolerance
   */
  static String check(
      PackManifest manifest,
      ProofVectors.Tolerance tolerance,
      Map<String, Tensor> actual,
      Map<String, Tensor> expected) {
    double worst = 0;
    double psnr = Double.POSITIVE_INFINITY;
    for (Map.Entry<String, Tensor> entry : expected.entrySet()) {
      Tensor found = actual.get(entry.getKey());
      if (found == null || found.bytes().length != entry.getValue().bytes().length) {
        throw new PackException(
            "Pack \"%s\": the proof expects %s as %s, the run gave %s; seal the pack again."
                .formatted(manifest.name(), entry.getKey(), entry.getValue(), found));
      }
      if (found.type() == ElementType.UINT8) {
        double error =
            PictureError.mean(
                new PictureError(manifest.picture())
                    .byTile(List.of(found.bytes()), List.of(entry.getValue().bytes())));
        psnr = Math.min(psnr, PictureError.psnr(error));
      } else if (found.type() == ElementType.FLOAT32) {
        worst = Math.max(worst, largestDifference(found.toFloats(), entry.getValue().toFloats()));
      }
    }
    boolean floats =
        manifest.determinism() == PackManifest.Determinism.VISUAL || worst <= tolerance.maxAbs();
    if (!floats || !(psnr >= tolerance.psnr())) {
      throw new PackException(
          "Pack \"%s\": the last block is off by %.4g (at most %.4g) and its picture by %.1f dB PSNR (at least %.1f); the graphs or the engine were changed."
              .formatted(manifest.name(), worst, tolerance.maxAbs(), psnr, tolerance.psnr()));
    }
    return "within tolerance: off by %.4g, %.1f dB PSNR".formatted(worst, psnr);
  }

  private static double largestDifference(float[] a, float[] b) {
    double largest = 0;
    for (int i = 0; i < a.length; i++) {
      largest = Math.max(largest, Math.abs((double) a[i] - b[i]));
    }
    return largest;
  }
}
