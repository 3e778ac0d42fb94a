package io.avatarflow.operators.identity;

import io.avatarflow.operators.codec.RgbPicture;
import io.avatarflow.operators.identity.ImageFraming.Crop;

/**
 * Scales a crop by a triangle filter that is as wide as the reduction, in double precision, so that
 * every machine makes the same picture.
 */
final class PictureResampler {
  private PictureResampler() {}

  /** For one output position the first input position and the weights from there on. */
  private record Taps(int first, double[] weights) {}

  static RgbPicture scale(RgbPicture picture, Crop crop, int width, int height) {
    if (crop.width() == width
        && crop.height() == height
        && width == picture.width()
        && height == picture.height()) {
      return picture;
    }
    Taps[] columns = taps(crop.left(), crop.width(), width, picture.width());
    Taps[] rows = taps(crop.top(), crop.height(), height, picture.height());
    byte[] rgb = new byte[3 * width * height];
    double[] sums = new double[3 * picture.width()];
    for (int y = 0, at = 0; y < height; y++) {
      sumRows(picture, rows[y], sums);
      for (int x = 0; x < width; x++) {
        for (int channel = 0; channel < 3; channel++) {
          double value = 0;
          for (int i = 0; i < columns[x].weights.length; i++) {
            value += columns[x].weights[i] * sums[3 * (columns[x].first + i) + channel];
          }
          rgb[at++] = (byte) Math.max(0, Math.min(255, Math.round(value)));
        }
      }
    }
    return new RgbPicture(width, height, rgb);
  }

  private static void sumRows(RgbPicture picture, Taps rows, double[] sums) {
    java.util.Arrays.fill(sums, 0);
    for (int i = 0; i < rows.weights.length; i++) {
      int from = 3 * picture.width() * (rows.first + i);
      for (int x = 0; x < sums.length; x++) {
        sums[x] += rows.weights[i] * (picture.rgb()[from + x] & 0xff);
      }
    }
  }

  private static Taps[] taps(int start, int length, int outputs, int limit) {
    double step = (double) length / outputs;
    double reach = Math.max(1, step);
    Taps[] taps = new Taps[outputs];
    for (int out = 0; out < outputs; out++) {
      double centre = start + (out + 0.5) * step - 0.5;
      int first = Math.max(0, (int) Math.ceil(centre - reach));
      int last = Math.min(limit - 1, (int) Math.floor(centre + reach));
      double[] weights = new double[last - first + 1];
      double sum = 0;
      for (int i = 0; i < weights.length; i++) {
        weights[i] = Math.max(0, 1 - Math.abs(first + i - centre) / reach);
        sum += weights[i];
      }
      for (int i = 0; i < weights.length; i++) {
        weights[i] /= sum;
      }
      taps[out] = new Taps(first, weights);
    }
    return taps;
  }
}
