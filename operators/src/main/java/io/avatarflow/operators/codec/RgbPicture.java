package io.avatarflow.operators.codec;

import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * A picture in memory: {@code height} rows of {@code width} pixels of three bytes, red, green,
 * blue, without padding.
 *
 * @param width pixels, 1 or more
 * @param height pixels, 1 or more
 * @param rgb {@code 3 * width * height} bytes; given away, nobody writes to them afterwards
 */
public record RgbPicture(int width, int height, byte[] rgb) {
  private static final int[] BAND_OFFSETS = {0, 1, 2};
  private static final ColorModel RGB_MODEL =
      new ComponentColorModel(
          ColorSpace.getInstance(ColorSpace.CS_sRGB),
          false,
          false,
          Transparency.OPAQUE,
          DataBuffer.TYPE_BYTE);

  public RgbPicture {
    if (width < 1 || height < 1 || rgb.length != 3L * width * height) {
      throw new IllegalArgumentException(
          "A picture of %d x %d pixels takes %d bytes, but %d were given."
              .formatted(width, height, 3L * width * height, rgb.length));
    }
  }

  /** Copies any image, its colours turned to sRGB; what is transparent shows black. */
  public static RgbPicture of(BufferedImage image) {
    int width = image.getWidth();
    int height = image.getHeight();
    byte[] rgb = new byte[3 * width * height];
    int[] row = new int[width];
    for (int y = 0, at = 0; y < height; y++) {
      image.getRGB(0, y, width, 1, row, 0, width);
      for (int pixel : row) {
        rgb[at++] = (byte) (pixel >> 16);
        rgb[at++] = (byte) (pixel >> 8);
        rgb[at++] = (byte) pixel;
      }
    }
    return new RgbPicture(width, height, rgb);
  }

  /** The picture as an image that shares its bytes. */
  public BufferedImage toImage() {
    return new BufferedImage(
        RGB_MODEL,
        Raster.createInterleavedRaster(
            new DataBufferByte(rgb, rgb.length), width, height, 3 * width, 3, BAND_OFFSETS, null),
        false,
        null);
  }

  /** The picture as a PNG file's bytes. */
  public byte[] toPng() {
    ByteArrayOutputStream out = new ByteArrayOutputStream(rgb.length / 2);
    // Not through ImageIO's default stream, which goes by way of a file on disk.
    try (ImageOutputStream stream = new MemoryCacheImageOutputStream(out)) {
      ImageIO.write(toImage(), "png", stream);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /** Writes the picture as a PNG file. */
  public void writePng(Path file) {
    try {
      Files.write(file, toPng());
    } catch (IOException e) {
      throw new MediaException(
          "Picture %s cannot be written (%s); choose a place that can be written to."
              .formatted(file, e.getMessage()),
          e);
    }
  }
}
