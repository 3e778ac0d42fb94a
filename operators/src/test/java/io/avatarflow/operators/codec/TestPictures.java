package io.avatarflow.operators.codec;

/**
 * Pictures made by formula: a soft background with a disc that moves with time, as a head would.
 */
final class TestPictures {
  private TestPictures() {}

  static byte[] frame(int width, int height, int time) {
    byte[] rgb = new byte[3 * width * height];
    double centreX = width * (0.5 + 0.1 * Math.sin(time * 0.3));
    double centreY = height * (0.5 + 0.05 * Math.cos(time * 0.2));
    double radius = Math.min(width, height) * 0.3;
    for (int y = 0, at = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        double distance = Math.hypot(x - centreX, y - centreY) / radius;
        double disc = 1 / (1 + Math.exp(12 * (distance - 1)));
        rgb[at++] = (byte) (60 + 120 * disc + 40.0 * x / width);
        rgb[at++] = (byte) (90 + 60 * disc + 30.0 * y / height);
        rgb[at++] = (byte) (120 + 20 * disc);
      }
    }
    return rgb;
  }

  /** Peak signal-to-noise ratio of two pictures of the same size, dB. */
  static double psnr(byte[] a, byte[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      double difference = (a[i] & 0xff) - (b[i] & 0xff);
      sum += difference * difference;
    }
    return 10 * Math.log10(255.0 * 255.0 * a.length / Math.max(sum, 1e-9));
  }
}
