package io.avatarflow.operators.codec;

import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_unref;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_encoder_by_name;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_packet;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_frame;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_S16;
import static org.bytedeco.ffmpeg.global.avutil.av_channel_layout_default;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_get_buffer;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_make_writable;

import java.util.Map;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.javacpp.ShortPointer;

/**
 * Turns 48 kHz speech into Opus packets of 20 ms, one channel, one out for each 960 samples in.
 *
 * <p>What a decoder plays is {@link #LOOK_AHEAD} samples behind what went in; {@link
 * MediaFileWriter} takes that back, live players may ignore its 6.5 ms. The same samples give the
 * same bytes.
 *
 * <p>Threads: one at a time. Life cycle: open by the constructor, {@link #encode}, {@link #close}.
 */
public final class OpusEncoder implements AutoCloseable {
  /** Samples per second of the track. */
  public static final int SAMPLE_RATE = 48_000;

  /** Samples of one packet. */
  public static final int PACKET_SAMPLES = 960;

  /** Samples that the decoded sound lags behind the input (RFC 7845: pre-skip). */
  public static final int LOOK_AHEAD = 312;

  private static final int BITRATE = 48_000;

  /**
   * Of 0 to 10. From 7 on the encoder analyses whether it hears music, which costs as much as all
   * the rest of a small pack and gains nothing on one voice at this bitrate.
   */
  private static final int COMPLEXITY = 5;

  private AVCodecContext context;
  private AVFrame frame;
  private AVPacket packet;

  public OpusEncoder() {
    Ffmpeg.load();
    try {
      open();
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private void open() {
    AVCodec codec = avcodec_find_encoder_by_name("libopus");
    if (codec == null) {
      throw new MediaException(
          "Audio encoder libopus is missing in the FFmpeg natives; use the ones that this build brings along.");
    }
    context = avcodec_alloc_context3(codec);
    context.sample_rate(SAMPLE_RATE);
    context.sample_fmt(AV_SAMPLE_FMT_S16);
    av_channel_layout_default(context.ch_layout(), 1);
    context.bit_rate(BITRATE);
    context.thread_count(1);
    context.time_base().num(1).den(SAMPLE_RATE);
    try (Ffmpeg.Options options =
        new Ffmpeg.Options(
            Map.of(
                "application",
                "audio",
                "frame_duration",
                "20",
                "compression_level",
                Integer.toString(COMPLEXITY)))) {
      Ffmpeg.check(
          avcodec_open2(context, codec, options.dictionary()),
          "Audio encoder libopus cannot be opened");
    }
    if (context.initial_padding() != LOOK_AHEAD || context.frame_size() != PACKET_SAMPLES) {
      throw new MediaException(
          "Audio encoder libopus has a look-ahead of %d samples and packets of %d, not %d and %d; use the natives that this build brings along."
              .formatted(
                  context.initial_padding(), context.frame_size(), LOOK_AHEAD, PACKET_SAMPLES));
    }
    frame = av_frame_alloc();
    frame.format(AV_SAMPLE_FMT_S16);
    frame.sample_rate(SAMPLE_RATE);
    av_channel_layout_default(frame.ch_layout(), 1);
    frame.nb_samples(PACKET_SAMPLES);
    Ffmpeg.check(av_frame_get_buffer(frame, 0), "Memory for a packet cannot be had");
    packet = av_packet_alloc();
  }

  /** Encodes the 960 samples from {@code offset} on as packet {@code index} of the track. */
  public byte[] encode(short[] samples, int offset, long index) {
    Ffmpeg.check(av_frame_make_writable(frame), "Memory for a packet cannot be had");
    // Only a view of FFmpeg's buffer: nothing to free.
    new ShortPointer(frame.data(0)).put(samples, offset, PACKET_SAMPLES);
    frame.pts(index * PACKET_SAMPLES);
    Ffmpeg.check(
        avcodec_send_frame(context, frame), "Audio packet %d cannot be encoded".formatted(index));
    Ffmpeg.check(
        avcodec_receive_packet(context, packet),
        "Audio packet %d cannot be encoded".formatted(index));
    try {
      byte[] payload = new byte[packet.size()];
      packet.data().get(payload);
      return payload;
    } finally {
      av_packet_unref(packet);
    }
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
