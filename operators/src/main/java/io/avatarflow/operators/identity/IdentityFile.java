package io.avatarflow.operators.identity;

import io.avatarflow.operators.codec.RgbPicture;
import io.avatarflow.operators.stage.IdentityException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reads an image file for a session, within the bounds of the engine: for producers such as the
 * command line.
 */
public final class IdentityFile {
  private static final int[] SIDES = {1024, 768, 512, 384, 256};

  private IdentityFile() {}

  /**
   * The bytes that a session can carry inline: the file as it is when it is small enough, else the
   * picture, upright and scaled down until it fits, as PNG. Its framing is left to the engine.
   *
   * @throws IdentityException if there is no such file, or it is no picture that the engine would
   *     take
   */
  public static byte[] inline(Path file) throws IdentityException {
    String name = "Identity " + file;
    byte[] bytes = read(file, name);
    RgbPicture picture = ImageDecoder.decode(bytes, name, SIDES[0]);
    if (bytes.length <= IdentityImages.MAX_INLINE_BYTES) {
      return bytes;
    }
    for (int side : SIDES) {
      byte[] png = within(picture, side).toPng();
      if (png.length <= IdentityImages.MAX_INLINE_BYTES) {
        return png;
      }
    }
    throw new IdentityException(
        "%s does not fit into %d bytes; give a smaller picture."
            .formatted(name, IdentityImages.MAX_INLINE_BYTES));
  }

  private static RgbPicture within(RgbPicture picture, int side) {
    double factor = Math.min(1, (double) side / Math.max(picture.width(), picture.height()));
    return PictureResampler.scale(
        picture,
        new ImageFraming.Crop(0, 0, picture.width(), picture.height()),
        Math.max(1, (int) Math.round(picture.width() * factor)),
        Math.max(1, (int) Math.round(picture.height() * factor)));
  }

  /** Reads a whole image file of bounded size. */
  static byte[] read(Path file, String name) throws IdentityException {
    if (!Files.exists(file)) {
      throw new IdentityException("%s does not exist; give the path of an image.".formatted(name));
    }
    if (!Files.isRegularFile(file)) {
      throw new IdentityException("%s is no file; give the path of an image.".formatted(name));
    }
    try {
      long size = Files.size(file);
      if (size == 0 || size > IdentityImages.MAX_FILE_BYTES) {
        throw new IdentityException(
            "%s has %d bytes, 1 to %d are possible; give another image."
                .formatted(name, size, IdentityImages.MAX_FILE_BYTES));
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new IdentityException(
          "%s cannot be read; give yourself the right to read it.".formatted(name), e);
    }
  }
}
