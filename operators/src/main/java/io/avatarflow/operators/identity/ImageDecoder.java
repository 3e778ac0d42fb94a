package io.avatarflow.operators.identity;

import com.drew.imaging.ImageMetadataReader;
import com.drew.imaging.ImageProcessingException;
import com.drew.metadata.MetadataException;
import com.drew.metadata.exif.ExifIFD0Directory;
import com.twelvemonkeys.imageio.plugins.jpeg.JPEGImageReaderSpi;
import io.avatarflow.operators.codec.RgbPicture;
import io.avatarflow.operators.stage.IdentityException;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Iterator;
import java.util.Locale;
import java.util.Set;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns the bytes of a PNG, JPEG, GIF or BMP file into an upright RGB picture.
 *
 * <p>The header's size is checked before pixels are decoded, and large pictures are thinned out
 * while they are, so that memory is bounded whatever the file claims. What is transparent shows
 * mid-grey; of an animation the first frame counts; the EXIF orientation is applied; CMYK becomes
 * RGB.
 */
final class ImageDecoder {
  static final int MIN_SIDE = 64;
  static final int MAX_SIDE = 8192;
  static final long MAX_PIXELS = 40_000_000;

  private static final Logger LOG = LoggerFactory.getLogger(ImageDecoder.class);
  private static final Set<String> FORMATS = Set.of("png", "jpeg", "gif", "bmp");
  private static final int GREY = 128;
  private static final int KEPT_PER_TARGET_PIXEL = 3;
  private static final int UPRIGHT = 1;
  private static final int LAST_ORIENTATION = 8;
  private static final JPEGImageReaderSpi JPEG = jpeg();

  private ImageDecoder() {}

  /** Not registered globally: a job's class loader must be able to go. */
  private static JPEGImageReaderSpi jpeg() {
    JPEGImageReaderSpi spi = new JPEGImageReaderSpi();
    spi.onRegistration(IIORegistry.getDefaultInstance(), ImageReaderSpi.class);
    return spi;
  }

  /**
   * Decodes a file.
   *
   * @param bytes the whole file
   * @param name how errors call it
   * @param target the side that the picture will be scaled to at most, pixels
   */
  static RgbPicture decode(byte[] bytes, String name, int target) throws IdentityException {
    ImageReader reader = null;
    try (ImageInputStream input =
        new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
      reader = reader(input, name);
      reader.setInput(input, true, false);
      int width = reader.getWidth(0);
      int height = reader.getHeight(0);
      checkSize(width, height, name);
      ImageReadParam parameters = reader.getDefaultReadParam();
      int step = Math.max(1, Math.min(width, height) / (KEPT_PER_TARGET_PIXEL * target));
      parameters.setSourceSubsampling(step, step, 0, 0);
      RgbPicture picture = toRgb(reader.read(0, parameters));
      return upright(picture, orientation(bytes));
    } catch (IOException | RuntimeException e) {
      // Decoders answer damaged files with all kinds of runtime exceptions.
      throw new IdentityException(
          "%s cannot be decoded (%s); give a PNG, JPEG, GIF or BMP file that is whole."
              .formatted(name, reason(e)),
          e);
    } finally {
      if (reader != null) {
        reader.dispose();
      }
    }
  }

  private static String reason(Exception e) {
    return e.getMessage() == null
        ? e.getClass().getSimpleName()
        : e.getMessage().lines().findFirst().orElse("damaged");
  }

  private static ImageReader reader(ImageInputStream input, String name)
      throws IOException, IdentityException {
    if (JPEG.canDecodeInput(input)) {
      return JPEG.createReaderInstance();
    }
    Iterator<ImageReader> readers = ImageIO.getImageReaders(input);
    while (readers.hasNext()) {
      ImageReader reader = readers.next();
      if (FORMATS.contains(reader.getFormatName().toLowerCase(Locale.ROOT))) {
        return reader;
      }
      reader.dispose();
    }
    throw new IdentityException(
        "%s is no picture that can be read; give a PNG, JPEG, GIF or BMP file.".formatted(name));
  }

  private static void checkSize(int width, int height, String name) throws IdentityException {
    if (width < MIN_SIDE || height < MIN_SIDE) {
      throw new IdentityException(
          "%s has %d x %d pixels, at least %d x %d are needed; give a larger picture."
              .formatted(name, width, height, MIN_SIDE, MIN_SIDE));
    }
    if (width > MAX_SIDE || height > MAX_SIDE || (long) width * height > MAX_PIXELS) {
      throw new IdentityException(
          "%s has %d x %d pixels, at most %d a side and %d million are read; make it smaller."
              .formatted(name, width, height, MAX_SIDE, MAX_PIXELS / 1_000_000));
    }
  }

  /**
   * Grey samples are taken as they are: Java would brighten them, as it holds grey for linear
   * light.
   */
  private static RgbPicture toRgb(BufferedImage image) {
    boolean grey =
        image.getColorModel().getColorSpace().getType() == ColorSpace.TYPE_GRAY
            && !(image.getColorModel() instanceof IndexColorModel);
    int width = image.getWidth();
    int height = image.getHeight();
    byte[] rgb = new byte[3 * width * height];
    int[] row = new int[width];
    for (int y = 0, at = 0; y < height; y++) {
      if (grey) {
        greyRow(image, y, row);
      } else {
        image.getRGB(0, y, width, 1, row, 0, width);
      }
      for (int argb : row) {
        int alpha = argb >>> 24;
        rgb[at++] = over(argb >> 16 & 0xff, alpha);
        rgb[at++] = over(argb >> 8 & 0xff, alpha);
        rgb[at++] = over(argb & 0xff, alpha);
      }
    }
    return new RgbPicture(width, height, rgb);
  }

  private static void greyRow(BufferedImage image, int y, int[] row) {
    Raster raster = image.getRaster();
    int bits = image.getColorModel().getComponentSize(0);
    int most = (1 << bits) - 1;
    boolean alpha = raster.getNumBands() > 1;
    for (int x = 0; x < row.length; x++) {
      int value = (int) (raster.getSample(x, y, 0) * 255L / most);
      int opacity = alpha ? (int) (raster.getSample(x, y, 1) * 255L / most) : 255;
      row[x] = opacity << 24 | value << 16 | value << 8 | value;
    }
  }

  private static byte over(int value, int alpha) {
    return (byte) ((value * alpha + GREY * (255 - alpha) + 127) / 255);
  }

  private static int orientation(byte[] bytes) {
    try {
      ExifIFD0Directory exif =
          ImageMetadataReader.readMetadata(new ByteArrayInputStream(bytes), bytes.length)
              .getFirstDirectoryOfType(ExifIFD0Directory.class);
      if (exif == null || !exif.containsTag(ExifIFD0Directory.TAG_ORIENTATION)) {
        return UPRIGHT;
      }
      int orientation = exif.getInt(ExifIFD0Directory.TAG_ORIENTATION);
      return orientation >= UPRIGHT && orientation <= LAST_ORIENTATION ? orientation : UPRIGHT;
    } catch (ImageProcessingException | MetadataException | IOException e) {
      LOG.debug("The picture's orientation cannot be read; it is taken as upright.", e);
      return UPRIGHT;
    }
  }

  /**
   * Applies an EXIF orientation (TIFF 6.0, tag 274): 5 to 8 swap the axes, the others mirror them.
   */
  private static RgbPicture upright(RgbPicture picture, int orientation) {
    if (orientation == UPRIGHT) {
      return picture;
    }
    boolean swap = orientation >= 5;
    boolean mirrorX = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    boolean mirrorY = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    int width = swap ? picture.height() : picture.width();
    int height = swap ? picture.width() : picture.height();
    byte[] from = picture.rgb();
    byte[] to = new byte[from.length];
    for (int y = 0, at = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int sourceX = swap ? y : x;
        int sourceY = swap ? x : y;
        sourceX = mirrorX ? picture.width() - 1 - sourceX : sourceX;
        sourceY = mirrorY ? picture.height() - 1 - sourceY : sourceY;
        System.arraycopy(from, 3 * (sourceY * picture.width() + sourceX), to, at, 3);
        at += 3;
      }
    }
    return new RgbPicture(width, height, to);
  }
}
