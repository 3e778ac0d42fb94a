package io.avatarflow.operators.codec;

import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_FLAG_LOW_DELAY;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_H264;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_VP8;
import static org.bytedeco.ffmpeg.global.avcodec.av_new_packet;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_unref;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_decoder;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_frame;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_packet;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;

import io.avatarflow.schemas.VideoCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;

/**
 * Turns the payloads of a video track back into pictures, one out for each in: for PNG files,
 * contact sheets and tests.
 *
 * <p>Threads: one at a time. Life cycle: open by the constructor, first payload a key frame, {@link
 * #close}.
 */
public final class VideoDecoder implements AutoCloseable {
  private AVCodecContext context;
  private AVFrame frame;
  private AVPacket packet;
  private PictureScaler scaler;

  /** Opens a decoder for H264 or VP8. */
  public VideoDecoder(VideoCodec codec) {
    Ffmpeg.load();
    AVCodec decoder =
        avcodec_find_decoder(codec == VideoCodec.VP8 ? AV_CODEC_ID_VP8 : AV_CODEC_ID_H264);
    context = avcodec_alloc_context3(decoder);
    context.thread_count(1);
    context.flags(AV_CODEC_FLAG_LOW_DELAY);
    frame = av_frame_alloc();
    packet = av_packet_alloc();
    try {
      Ffmpeg.check(
          avcodec_open2(context, decoder, (AVDictionary) null),
          "Video decoder for %s cannot be opened".formatted(codec));
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Decodes one payload. */
  public RgbPicture decode(byte[] payload) {
    Ffmpeg.check(av_new_packet(packet, payload.length), "Memory for a payload cannot be had");
    try {
      packet.data().put(payload);
      Ffmpeg.check(
          avcodec_send_packet(context, packet),
          "Payload of %d bytes cannot be decoded".formatted(payload.length));
    } finally {
      av_packet_unref(packet);
    }
    Ffmpeg.check(
        avcodec_receive_frame(context, frame),
        "Payload of %d bytes gives no picture".formatted(payload.length));
    if (scaler == null) {
      scaler = PictureScaler.yuvToRgb(frame.width(), frame.height(), frame.format());
    }
    return new RgbPicture(frame.width(), frame.height(), scaler.scale(frame));
  }

  /** Frees everything native; calling it again does nothing. */
  @Override
  public void close() {
    if (packet != null) {
      av_packet_free(packet);
      packet = null;
    }
    if (frame != null) {
      av_frame_free(frame);
      frame = null;
    }
    if (context != null) {
      avcodec_free_context(context);
      context = null;
    }
    if (scaler != null) {
      scaler.close();
      scaler = null;
    }
  }
}
