package io.avatarflow.operators.identity;

import io.avatarflow.operators.codec.RgbPicture;
import io.avatarflow.operators.stage.IdentityException;

/**
 * Decides which part of an upright picture becomes the identity crop. Safe for use by several
 * threads.
 */
public interface ImageFraming {
  /**
   * A part of a picture with the crop's aspect ratio.
   *
   * @param left pixels from the left
   * @param top pixels from the top
   * @param width pixels
   * @param height pixels
   */
  record Crop(int left, int top, int width, int height) {}

  /**
   * Finds the crop.
   *
   * @param picture the whole picture
   * @param aspect width of the crop divided by its height
   * @throws IdentityException if the picture shows nothing that could be framed
   */
  Crop frame(RgbPicture picture, double aspect) throws IdentityException;

  /** The largest crop in the middle: for pictures that are framed already. */
  static ImageFraming centred() {
    return (picture, aspect) -> largest(picture, aspect, 0.5);
  }

  /**
   * The largest crop, in the middle of a wide picture, with a quarter of the spare height above it
   * in a tall one, because portraits leave more room below the face than above it. For packs
   * without an aligner.
   */
  static ImageFraming portrait() {
    return (picture, aspect) -> largest(picture, aspect, 0.25);
  }

  private static Crop largest(RgbPicture picture, double aspect, double shareAbove) {
    int width = picture.width();
    int height = picture.height();
    if (width > height * aspect) {
      width = Math.max(1, (int) Math.round(height * aspect));
    } else {
      height = Math.max(1, Math.min(height, (int) Math.round(width / aspect)));
    }
    return new Crop(
        (picture.width() - width) / 2,
        (int) ((picture.height() - height) * shareAbove),
        width,
        height);
  }
}
