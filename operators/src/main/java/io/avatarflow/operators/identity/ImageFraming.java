package io.avatarflow.operators.identity;

import io.avatarflow.operators.codec.RgbPicture;
import io.avatarflow.operators.stage.IdentityException;

/** Makes the identity crop from an upright picture. Safe for use by several threads. */
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
   * What came of a picture.
   *
   * @param picture the identity crop
   * @param notice a sentence about a choice that was made for the user, empty when there was none
   */
  record Framed(RgbPicture picture, String notice) {}

  /**
   * Frames a picture.
   *
   * @param picture the whole picture
   * @param name how errors and notices call it
   * @param width width of the crop, pixels
   * @param height height of the crop, pixels
   * @throws IdentityException if the picture shows nothing that could be framed, with the reason
   */
  Framed frame(RgbPicture picture, String name, int width, int height) throws IdentityException;

  /** The largest crop in the middle: for pictures that are framed already. */
  static ImageFraming centred() {
    return (picture, name, width, height) -> cut(picture, width, height, 0.5);
  }

  /**
   * The largest crop, in the middle of a wide picture, with a quarter of the spare height above it
   * in a tall one, because portraits leave more room below the face than above it. For packs
   * without an aligner.
   */
  static ImageFraming portrait() {
    return (picture, name, width, height) -> cut(picture, width, height, 0.25);
  }

  private static Framed cut(RgbPicture picture, int width, int height, double shareAbove) {
    Crop crop = largest(picture, (double) width / height, shareAbove);
    return new Framed(PictureResampler.scale(picture, crop, width, height), "");
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
