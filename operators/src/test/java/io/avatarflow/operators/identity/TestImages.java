package io.avatarflow.operators.identity;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.zip.CRC32;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.stream.ImageOutputStream;

/**
 * Image files made in code: a picture whose four quarters have colours of their own, in many
 * formats.
 */
final class TestImages {
  static final Color TOP_LEFT = new Color(220, 30, 30);
  static final Color TOP_RIGHT = new Color(30, 200, 40);
  static final Color BOTTOM_LEFT = new Color(40, 40, 210);
  static final Color BOTTOM_RIGHT = new Color(220, 210, 40);

  private TestImages() {}

  static BufferedImage quarters(int width, int height, int type) {
    BufferedImage image = new BufferedImage(width, height, type);
    Graphics2D graphics = image.createGraphics();
    int x = width / 2;
    int y = height / 2;
    fill(graphics, TOP_LEFT, 0, 0, x, y);
    fill(graphics, TOP_RIGHT, x, 0, width - x, y);
    fill(graphics, BOTTOM_LEFT, 0, y, x, height - y);
    fill(graphics, BOTTOM_RIGHT, x, y, width - x, height - y);
    graphics.dispose();
    return image;
  }

  private static void fill(Graphics2D graphics, Color color, int x, int y, int width, int height) {
    graphics.setColor(color);
    graphics.fillRect(x, y, width, height);
  }

  static byte[] file(BufferedImage image, String format) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      if (!ImageIO.write(image, format, out)) {
        throw new IllegalArgumentException(format);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  static byte[] quartersFile(int width, int height, String format) {
    return file(quarters(width, height, BufferedImage.TYPE_INT_RGB), format);
  }

  static byte[] noise(int width, int height) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Random random = new Random(5);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.setRGB(x, y, random.nextInt());
      }
    }
    return file(image, "png");
  }

  /** A JPEG with an EXIF segment that gives an orientation. */
  static byte[] rotatedJpeg(int width, int height, int orientation) {
    byte[] jpeg = quartersFile(width, height, "jpeg");
    byte[] exif = {
      'E',
      'x',
      'i',
      'f',
      0,
      0,
      'M',
      'M',
      0,
      42,
      0,
      0,
      0,
      8,
      0,
      1,
      0x01,
      0x12,
      0,
      3,
      0,
      0,
      0,
      1,
      0,
      (byte) orientation,
      0,
      0,
      0,
      0,
      0,
      0
    };
    return withSegment(jpeg, 0xe1, exif);
  }

  private static byte[] withSegment(byte[] jpeg, int marker, byte[] content) {
    ByteBuffer out = ByteBuffer.allocate(jpeg.length + 4 + content.length);
    out.put(jpeg, 0, 2)
        .putShort((short) (0xff00 | marker))
        .putShort((short) (content.length + 2))
        .put(content);
    out.put(jpeg, 2, jpeg.length - 2);
    return out.array();
  }

  /** A JPEG of four inks without a colour profile, as Adobe writes them: inverted. */
  static byte[] cmykJpeg(int width, int height) throws IOException {
    BufferedImage rgb = quarters(width, height, BufferedImage.TYPE_INT_RGB);
    WritableRaster raster =
        Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, width, height, 4, null);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int pixel = rgb.getRGB(x, y);
        raster.setPixel(x, y, new int[] {pixel >> 16 & 0xff, pixel >> 8 & 0xff, pixel & 0xff, 255});
      }
    }
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ImageOutputStream stream = ImageIO.createImageOutputStream(out)) {
      writer.setOutput(stream);
      writer.write(new IIOImage(raster, null, null));
    } finally {
      writer.dispose();
    }
    return withSegment(
        out.toByteArray(), 0xee, new byte[] {'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 0});
  }

  /** A GIF whose first frame shows the quarters and whose second is grey. */
  static byte[] animatedGif(int width, int height) throws IOException {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("gif").next();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ImageOutputStream stream = ImageIO.createImageOutputStream(out)) {
      writer.setOutput(stream);
      writer.prepareWriteSequence(null);
      BufferedImage first = quarters(width, height, BufferedImage.TYPE_BYTE_INDEXED);
      IIOMetadata metadata = writer.getDefaultImageMetadata(new ImageTypeSpecifier(first), null);
      writer.writeToSequence(new IIOImage(first, null, metadata), null);
      writer.writeToSequence(
          new IIOImage(new BufferedImage(width, height, first.getType()), null, metadata), null);
      writer.endWriteSequence();
    } finally {
      writer.dispose();
    }
    return out.toByteArray();
  }

  /** A PNG that claims a size and holds nothing. */
  static byte[] pngThatClaims(int width, int height) {
    ByteBuffer header = ByteBuffer.allocate(13);
    header.putInt(width).putInt(height).put(new byte[] {8, 2, 0, 0, 0});
    ByteBuffer out = ByteBuffer.allocate(8 + 25 + 12 + 12);
    out.put(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
    chunk(out, "IHDR", header.array());
    chunk(out, "IDAT", new byte[0]);
    chunk(out, "IEND", new byte[0]);
    return out.array();
  }

  private static void chunk(ByteBuffer out, String type, byte[] data) {
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    CRC32 crc = new CRC32();
    crc.update(name);
    crc.update(data);
    out.putInt(data.length).put(name).put(data).putInt((int) crc.getValue());
  }

  /** A 16-bit or 8-bit grey picture of one value. */
  static byte[] greyPng(int width, int height, int type, int value) {
    BufferedImage image = new BufferedImage(width, height, type);
    WritableRaster raster = image.getRaster();
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        raster.setSample(x, y, 0, value);
      }
    }
    return file(image, "png");
  }
}
