package io.avatarflow.operators.codec;

import static org.bytedeco.ffmpeg.global.avcodec.AV_INPUT_BUFFER_PADDING_SIZE;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_RGB24;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P;
import static org.bytedeco.ffmpeg.global.swscale.SWS_ACCURATE_RND;
import static org.bytedeco.ffmpeg.global.swscale.SWS_BICUBIC;
import static org.bytedeco.ffmpeg.global.swscale.SWS_BITEXACT;
import static org.bytedeco.ffmpeg.global.swscale.SWS_CS_ITU601;
import static org.bytedeco.ffmpeg.global.swscale.sws_freeContext;
import static org.bytedeco.ffmpeg.global.swscale.sws_getCoefficients;
import static org.bytedeco.ffmpeg.global.swscale.sws_getContext;
import static org.bytedeco.ffmpeg.global.swscale.sws_scale;
import static org.bytedeco.ffmpeg.global.swscale.sws_setColorspaceDetails;

import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.swscale.SwsContext;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;

/**
 * Converts pictures between RGB and planar YUV 4:2:0 (ITU-R BT.601, limited range) and scales them
 * on the way, bicubic.
 *
 * <p>Another aspect ratio is kept by black bars. The arithmetic does not depend on the processor's
 * vector units. One thread at a time.
 */
final class PictureScaler implements AutoCloseable {
  private static final int FLAGS = SWS_BICUBIC | SWS_ACCURATE_RND | SWS_BITEXACT;
  private static final int BLACK_LUMA = 16;
  private static final int NO_CHROMA = 128;
  private static final int PLANES = 3;
  private static final int POINTERS = 4;

  private final int sourceHeight;
  private final int rgbBytes;
  private final int left;
  private final int top;
  private final BytePointer rgb;
  private final PointerPointer<Pointer> rgbPlanes = new PointerPointer<>(POINTERS);
  private final IntPointer rgbStrides = new IntPointer(POINTERS);
  private final PointerPointer<Pointer> yuvPlanes = new PointerPointer<>(POINTERS);
  private SwsContext context;

  private PictureScaler(
      int sourceWidth,
      int sourceHeight,
      int sourceFormat,
      int left,
      int top,
      int width,
      int height,
      int format) {
    this.sourceHeight = sourceHeight;
    this.left = left;
    this.top = top;
    int rgbWidth = sourceFormat == AV_PIX_FMT_RGB24 ? sourceWidth : width;
    this.rgbBytes =
        Math.multiplyExact(3 * rgbWidth, sourceFormat == AV_PIX_FMT_RGB24 ? sourceHeight : height);
    // The conversion reads whole vectors, and so beyond the last pixel.
    this.rgb = new BytePointer(rgbBytes + AV_INPUT_BUFFER_PADDING_SIZE);
    context =
        sws_getContext(
            sourceWidth,
            sourceHeight,
            sourceFormat,
            width,
            height,
            format,
            FLAGS,
            null,
            null,
            (DoublePointer) null);
    if (context == null) {
      close();
      throw new MediaException(
          "Pictures of %d x %d cannot be scaled to %d x %d."
              .formatted(sourceWidth, sourceHeight, width, height));
    }
    IntPointer bt601 = sws_getCoefficients(SWS_CS_ITU601);
    int sourceFull = sourceFormat == AV_PIX_FMT_RGB24 ? 1 : 0;
    sws_setColorspaceDetails(
        context, bt601, sourceFull, bt601, 1 - sourceFull, 0, 1 << 16, 1 << 16);
    for (int i = 0; i < POINTERS; i++) {
      rgbPlanes.put(i, i == 0 ? rgb : null);
      rgbStrides.put(i, i == 0 ? 3 * rgbWidth : 0);
      yuvPlanes.put(i, (Pointer) null);
    }
  }

  /**
   * Fits RGB pictures into YUV frames of another size, even offsets, so that chroma stays aligned.
   */
  static PictureScaler rgbToYuv(int pictureWidth, int pictureHeight, int width, int height) {
    int fittedWidth = width;
    int fittedHeight = height;
    if ((long) pictureWidth * height > (long) pictureHeight * width) {
      fittedHeight = evenBelow((double) width * pictureHeight / pictureWidth);
    } else if ((long) pictureWidth * height < (long) pictureHeight * width) {
      fittedWidth = evenBelow((double) height * pictureWidth / pictureHeight);
    }
    return new PictureScaler(
        pictureWidth,
        pictureHeight,
        AV_PIX_FMT_RGB24,
        evenBelow((width - fittedWidth) / 2.0),
        evenBelow((height - fittedHeight) / 2.0),
        fittedWidth,
        fittedHeight,
        AV_PIX_FMT_YUV420P);
  }

  /** Converts YUV frames of some pixel format into RGB pictures of the same size. */
  static PictureScaler yuvToRgb(int width, int height, int pixelFormat) {
    return new PictureScaler(width, height, pixelFormat, 0, 0, width, height, AV_PIX_FMT_RGB24);
  }

  private static int evenBelow(double size) {
    return (int) size / 2 * 2;
  }

  /** Fills a whole YUV frame with black: the bars are drawn once and stay. */
  void blacken(AVFrame yuv) {
    for (int plane = 0; plane < PLANES; plane++) {
      long rows = plane == 0 ? yuv.height() : yuv.height() / 2;
      Pointer.memset(
          yuv.data(plane), plane == 0 ? BLACK_LUMA : NO_CHROMA, rows * yuv.linesize(plane));
    }
  }

  /** Converts the RGB rows in {@code source} from {@code offset} on into a writable YUV frame. */
  void scale(byte[] source, int offset, AVFrame yuv) {
    rgb.position(0).put(source, offset, rgbBytes);
    for (int plane = 0; plane < PLANES; plane++) {
      int shift = plane == 0 ? 0 : 1;
      long start = (long) (top >> shift) * yuv.linesize(plane) + (left >> shift);
      yuvPlanes.put(plane, yuv.data(plane).getPointer(start));
    }
    sws_scale(context, rgbPlanes, rgbStrides, 0, sourceHeight, yuvPlanes, yuv.linesize());
  }

  /** Converts a YUV frame into RGB rows. */
  byte[] scale(AVFrame yuv) {
    sws_scale(context, yuv.data(), yuv.linesize(), 0, sourceHeight, rgbPlanes, rgbStrides);
    byte[] picture = new byte[rgbBytes];
    rgb.position(0).get(picture);
    return picture;
  }

  @Override
  public void close() {
    if (context != null) {
      sws_freeContext(context);
      context = null;
    }
    rgb.close();
    rgbPlanes.close();
    rgbStrides.close();
    yuvPlanes.close();
  }
}
