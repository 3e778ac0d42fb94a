package io.avatarflow.operators.proof;

import io.avatarflow.operators.pack.PackManifest;
import java.util.List;

/**
 * How far pictures are from each other, on the scale of 8-bit samples, as a whole and by tiles.
 *
 * <p>Squares are summed in whole numbers, so that the figures do not depend on the order of sums.
 */
final class PictureError {
  /** Tiles across and down. */
  static final int GRID = 8;

  private static final double PEAK = 255;
  private static final double ROUNDING = 1.0 / 12;

  private final int width;
  private final int height;

  PictureError(PackManifest.Size size) {
    this.width = size.width();
    this.height = size.height();
  }

  /** Mean squared difference of two runs of equally many pictures, by tile. */
  double[] byTile(List<byte[]> a, List<byte[]> b) {
    long[] sums = new long[GRID * GRID];
    long[] counts = new long[GRID * GRID];
    for (int i = 0; i < a.size(); i++) {
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          int tile = y * GRID / height * GRID + x * GRID / width;
          sums[tile] += squares(a.get(i), b.get(i), (y * width + x) * 3);
          counts[tile] += 3;
        }
      }
    }
    double[] means = new double[sums.length];
    for (int tile = 0; tile < means.length; tile++) {
      means[tile] = (double) sums[tile] / Math.max(1, counts[tile]);
    }
    return means;
  }

  private static int squares(byte[] a, byte[] b, int at) {
    int sum = 0;
    for (int i = at; i < at + 3; i++) {
      int difference = (a[i] & 0xff) - (b[i] & 0xff);
      sum += difference * difference;
    }
    return sum;
  }

  /** The same from each picture to the next: what moves. */
  double[] movement(List<byte[]> pictures) {
    int last = pictures.size() - 1;
    return byTile(pictures.subList(1, last + 1), pictures.subList(0, last));
  }

  /** Mean of all tiles. */
  static double mean(double[] tiles) {
    double sum = 0;
    for (double tile : tiles) {
      sum += tile;
    }
    return sum / tiles.length;
  }

  /** What an error adds to the movement and to the rounding of samples, dB. */
  static double change(double error, double movement) {
    return 10 * Math.log10(1 + error / (movement + 2 * ROUNDING));
  }

  /** Peak signal-to-noise ratio in dB; infinite for equal pictures. */
  static double psnr(double meanSquare) {
    return 10 * Math.log10(PEAK * PEAK / meanSquare);
  }
}
