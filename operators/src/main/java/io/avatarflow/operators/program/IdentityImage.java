package io.avatarflow.operators.program;

import io.avatarflow.operators.tensor.ElementType;
import io.avatarflow.operators.tensor.Tensor;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** Reads the identity crop that a session carries: PNG to UINT8 [H, W, 3], RGB. */
final class IdentityImage {
  private IdentityImage() {}

  /**
   * Decodes a crop of exactly that size; the size is checked before pixels are decoded.
   *
   * @throws IllegalStateException if it is no PNG or of another size
   */
  static Tensor decode(byte[] png, int width, int height) {
    Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName("png");
    ImageReader reader = readers.next();
    try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(png))) {
      reader.setInput(in, true, true);
      if (reader.getWidth(0) != width || reader.getHeight(0) != height) {
        throw new IllegalStateException(
            "The session's identity is %d x %d pixels, the pack wants %d x %d; open the session again with a framed crop."
                .formatted(reader.getWidth(0), reader.getHeight(0), width, height));
      }
      return pixels(reader.read(0));
    } catch (IOException e) {
      throw new IllegalStateException(
          "The session's identity of %d bytes cannot be read as PNG: %s"
              .formatted(png.length, e.getMessage()),
          e);
    } finally {
      reader.dispose();
    }
  }

  private static Tensor pixels(BufferedImage image) {
    int width = image.getWidth();
    int height = image.getHeight();
    byte[] rgb = new byte[3 * width * height];
    int[] row = new int[width];
    int at = 0;
    for (int y = 0; y < height; y++) {
      image.getRGB(0, y, width, 1, row, 0, width);
      for (int pixel : row) {
        rgb[at++] = (byte) (pixel >> 16);
        rgb[at++] = (byte) (pixel >> 8);
        rgb[at++] = (byte) pixel;
      }
    }
    return Tensor.of(ElementType.UINT8, new int[] {height, width, 3}, rgb);
  }
}
