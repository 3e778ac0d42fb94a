package io.avatarflow.operators.codec;

import static org.bytedeco.ffmpeg.global.avcodec.AV_PKT_FLAG_KEY;
import static org.bytedeco.ffmpeg.global.avcodec.av_new_packet;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_unref;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_frame;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_packet;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_frame;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_packet;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_get_buffer;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_make_writable;

import java.util.Map;
import java.util.function.Supplier;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avutil.AVFrame;

/**
 * One encoder or decoder of FFmpeg with the frame and the packet that it works on; owns all three.
 *
 * <p>Threads: one at a time. Life cycle: {@link #allocate}, settings of the context, {@link #open},
 * work, {@link #close}, which is allowed at any time and frees what there is by then.
 */
final class NativeCodec implements AutoCloseable {
  private AVCodec codec;
  private AVCodecContext context;
  private AVFrame frame;
  private AVPacket packet;

  /** Takes memory for a codec on one thread, to be set up before it is opened. */
  AVCodecContext allocate(AVCodec which) {
    codec = which;
    context = avcodec_alloc_context3(which);
    frame = av_frame_alloc();
    packet = av_packet_alloc();
    if (context == null || frame == null || packet == null) {
      throw new MediaException("Memory for a codec cannot be had; give the process more.");
    }
    context.thread_count(1);
    return context;
  }

  /** Opens the codec as its context is set up; negative is FFmpeg's error. */
  int open(Map<String, String> options) {
    try (Ffmpeg.Options given = new Ffmpeg.Options(options)) {
      return avcodec_open2(context, codec, given.dictionary());
    }
  }

  /** Gives the frame the memory that its format needs. */
  void allocateFrame(String what) {
    Ffmpeg.check(av_frame_get_buffer(frame, 0), "Memory for %s cannot be had".formatted(what));
  }

  /** The frame, free to be written although the encoder may still hold what was in it. */
  AVFrame writableFrame(String what) {
    Ffmpeg.check(av_frame_make_writable(frame), "Memory for %s cannot be had".formatted(what));
    return frame;
  }

  /** Encodes the frame into the one packet that it gives; {@code what} stands in the error. */
  EncodedPacket encode(Supplier<String> what) {
    int result = avcodec_send_frame(context, frame);
    if (result >= 0) {
      result = avcodec_receive_packet(context, packet);
    }
    if (result < 0) {
      Ffmpeg.check(result, what.get());
    }
    try {
      byte[] payload = new byte[packet.size()];
      packet.data().get(payload);
      return new EncodedPacket(payload, (packet.flags() & AV_PKT_FLAG_KEY) != 0);
    } finally {
      av_packet_unref(packet);
    }
  }

  /** Decodes the payload of one packet into the one frame that it gives. */
  AVFrame decode(byte[] payload) {
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
        "Payload of %d bytes gives no frame".formatted(payload.length));
    return frame;
  }

  AVCodecContext context() {
    return context;
  }

  AVFrame frame() {
    return frame;
  }

  AVPacket packet() {
    return packet;
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
  }
}
