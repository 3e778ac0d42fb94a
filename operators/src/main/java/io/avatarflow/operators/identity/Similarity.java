package io.avatarflow.operators.identity;

import io.avatarflow.operators.codec.RgbPicture;

/**
 * A turn, a scale and a shift: {@code x' = a x - b y + dx}, {@code y' = b x + a y + dy}. Immutable.
 *
 * @param a scale times the cosine of the turn
 * @param b scale times its sine
 * @param dx shift to the right, pixels of the target
 * @param dy shift down
 */
record Similarity(double a, double b, double dx, double dy) {

  /**
   * The one that brings points nearest to others in least squares: Umeyama, "Least-Squares
   * Estimation of Transformation Parameters Between Two Point Patterns", 1991, in the plane and
   * without reflection.
   *
   * @param from x, y of each point
   * @param to x, y of where it shall be
   */
  static Similarity fit(double[] from, double[] to) {
    double fromX = mean(from, 0);
    double fromY = mean(from, 1);
    double toX = mean(to, 0);
    double toY = mean(to, 1);
    double along = 0;
    double across = 0;
    double size = 0;
    for (int i = 0; i < from.length; i += 2) {
      double x = from[i] - fromX;
      double y = from[i + 1] - fromY;
      double u = to[i] - toX;
      double v = to[i + 1] - toY;
      along += x * u + y * v;
      across += x * v - y * u;
      size += x * x + y * y;
    }
    double a = along / size;
    double b = across / size;
    return new Similarity(a, b, toX - a * fromX + b * fromY, toY - b * fromX - a * fromY);
  }

  private static double mean(double[] points, int axis) {
    double sum = 0;
    for (int i = axis; i < points.length; i += 2) {
      sum += points[i];
    }
    return 2 * sum / points.length;
  }

  /** Pixels of the target that one pixel of the source spans. */
  double scale() {
    return Math.hypot(a, b);
  }

  double x(double x, double y) {
    return a * x - b * y + dx;
  }

  double y(double x, double y) {
    return b * x + a * y + dy;
  }

  /**
   * The part of a picture that this maps a crop to; what lies outside of the picture shows its
   * border.
   *
   * <p>Where the picture is finer than the crop it is reduced first, so that nothing is skipped.
   */
  RgbPicture crop(RgbPicture picture, int width, int height) {
    double finer = Math.max(1, scale());
    RgbPicture from = picture;
    if (finer > 1) {
      from =
          PictureResampler.scale(
              picture,
              new ImageFraming.Crop(0, 0, picture.width(), picture.height()),
              Math.max(1, (int) Math.round(picture.width() / finer)),
              Math.max(1, (int) Math.round(picture.height() / finer)));
    }
    double shrunkX = (double) from.width() / picture.width();
    double shrunkY = (double) from.height() / picture.height();
    byte[] rgb = new byte[3 * width * height];
    for (int v = 0, at = 0; v < height; v++) {
      for (int u = 0; u < width; u++, at += 3) {
        sample(from, shrunkX * x(u + 0.5, v + 0.5), shrunkY * y(u + 0.5, v + 0.5), rgb, at);
      }
    }
    return new RgbPicture(width, height, rgb);
  }

  /** Bilinear, at a place whose pixel centres lie at halves. */
  private static void sample(RgbPicture picture, double x, double y, byte[] rgb, int at) {
    double left = Math.max(0, Math.min(picture.width() - 1, x - 0.5));
    double top = Math.max(0, Math.min(picture.height() - 1, y - 0.5));
    int column = (int) left;
    int row = (int) top;
    int right = Math.min(column + 1, picture.width() - 1);
    int below = Math.min(row + 1, picture.height() - 1);
    double u = left - column;
    double v = top - row;
    for (int channel = 0; channel < 3; channel++) {
      double upper =
          (1 - u) * value(picture, column, row, channel) + u * value(picture, right, row, channel);
      double lower =
          (1 - u) * value(picture, column, below, channel)
              + u * value(picture, right, below, channel);
      rgb[at + channel] = (byte) Math.round((1 - v) * upper + v * lower);
    }
  }

  private static int value(RgbPicture picture, int x, int y, int channel) {
    return picture.rgb()[3 * (y * picture.width() + x) + channel] & 0xff;
  }
}
