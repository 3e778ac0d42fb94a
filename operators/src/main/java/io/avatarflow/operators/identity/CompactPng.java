package io.avatarflow.operators.identity;

import io.avatarflow.operators.codec.RgbPicture;
import io.avatarflow.operators.stage.IdentityException;

/**
 * Writes a picture as PNG within a number of bytes.
 *
 * <p>PNG keeps noise and pays for it. A picture that does not fit is smoothed by a binomial filter
 * (1 2 1) / 4 in both directions, again and again until it fits: that takes the noise first and the
 * face last.
 */
final class CompactPng {
  private static final int MAX_PASSES = 40;

  private CompactPng() {}

  static byte[] encode(RgbPicture picture, int maxBytes, String name) throws IdentityException {
    RgbPicture smooth = picture;
    for (int pass = 0; pass <= MAX_PASSES; pass++) {
      byte[] png = smooth.toPng();
      if (png.length <= maxBytes) {
        return png;
      }
      smooth = smoothed(smooth);
    }
    throw new IdentityException(
        "%s does not fit into %d bytes as PNG of %d x %d pixels; give a picture with less noise."
            .formatted(name, maxBytes, picture.width(), picture.height()));
  }

  private static RgbPicture smoothed(RgbPicture picture) {
    int stride = 3 * picture.width();
    byte[] across = filter(picture.rgb(), 3, stride);
    return new RgbPicture(picture.width(), picture.height(), filter(across, stride, across.length));
  }

  /** Filters runs of {@code run} bytes along steps of {@code step} bytes; the ends repeat. */
  private static byte[] filter(byte[] from, int step, int run) {
    byte[] to = new byte[from.length];
    for (int i = 0; i < from.length; i++) {
      int inRun = i % run;
      int before = inRun < step ? i : i - step;
      int behind = inRun >= run - step ? i : i + step;
      to[i] =
          (byte) (((from[before] & 0xff) + 2 * (from[i] & 0xff) + (from[behind] & 0xff) + 2) / 4);
    }
    return to;
  }
}
