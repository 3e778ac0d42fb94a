package io.avatarflow.operators.codec;

import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_FLAG_LOW_DELAY;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_H264;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_VP8;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_decoder;

import io.avatarflow.schemas.VideoCodec;
import java.util.Map;
import org.bytedeco.ffmpeg.avutil.AVFrame;

/**
 * Turns the payloads of a video track back into pictures, one out for each in: for PNG files,
 * contact sheets and tests.
 *
 * <p>Threads: one at a time. Life cycle: open by the constructor, first payload a key frame, {@link
 * #close}.
 */
public final class VideoDecoder implements AutoCloseable {
  private final NativeCodec codec = new NativeCodec();
  private PictureScaler scaler;

  /** Opens a decoder for H264 or VP8. */
  public VideoDecoder(VideoCodec coding) {
    Ffmpeg.load();
    int id = coding == VideoCodec.VP8 ? AV_CODEC_ID_VP8 : AV_CODEC_ID_H264;
    try {
      codec.allocate(avcodec_find_decoder(id)).flags(AV_CODEC_FLAG_LOW_DELAY);
      Ffmpeg.check(codec.open(Map.of()), "Video decoder for %s cannot be opened".formatted(coding));
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Decodes one payload. */
  public RgbPicture decode(byte[] payload) {
    AVFrame frame = codec.decode(payload);
    if (scaler == null) {
      scaler = PictureScaler.yuvToRgb(frame.width(), frame.height(), frame.format());
    }
    return new RgbPicture(frame.width(), frame.height(), scaler.scale(frame));
  }

  /** Frees everything native; calling it again does nothing. */
  @Override
  public void close() {
    codec.close();
    if (scaler != null) {
      scaler.close();
      scaler = null;
    }
  }
}
