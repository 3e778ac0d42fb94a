package io.avatarflow.operators.codec;

import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_encoder_by_name;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_S16;
import static org.bytedeco.ffmpeg.global.avutil.av_channel_layout_default;

import java.util.Map;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
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
   * Of 0 to 10. Higher ones look for a better split of the bits, and a process encodes fifty
   * packets a second for each of its sessions: at 4 a packet took 1.4 times as long, and the sound
   * came no closer to the input for the bits it took (23.9 dB at 59 kbit/s, 22.3 dB at 50, against
   * 23.6 dB at 50 here). From 5 on, where the pitch is filtered, it does, for three times the time.
   */
  private static final String COMPLEXITY = "0";

  private static final Map<String, String> OPTIONS =
      Map.of("application", "audio", "frame_duration", "20", "compression_level", COMPLEXITY);

  private final NativeCodec codec = new NativeCodec();

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
    AVCodec library = avcodec_find_encoder_by_name("libopus");
    if (library == null) {
      throw new MediaException(
          "Audio encoder libopus is missing in the FFmpeg natives; use the ones that this build brings along.");
    }
    AVCodecContext context = codec.allocate(library);
    context.sample_rate(SAMPLE_RATE);
    context.sample_fmt(AV_SAMPLE_FMT_S16);
    av_channel_layout_default(context.ch_layout(), 1);
    context.bit_rate(BITRATE);
    context.time_base().num(1).den(SAMPLE_RATE);
    Ffmpeg.check(codec.open(OPTIONS), "Audio encoder libopus cannot be opened");
    if (context.initial_padding() != LOOK_AHEAD || context.frame_size() != PACKET_SAMPLES) {
      throw new MediaException(
          "Audio encoder libopus has a look-ahead of %d samples and packets of %d, not %d and %d; use the natives that this build brings along."
              .formatted(
                  context.initial_padding(), context.frame_size(), LOOK_AHEAD, PACKET_SAMPLES));
    }
    AVFrame frame = codec.frame();
    frame.format(AV_SAMPLE_FMT_S16);
    frame.sample_rate(SAMPLE_RATE);
    av_channel_layout_default(frame.ch_layout(), 1);
    frame.nb_samples(PACKET_SAMPLES);
    codec.allocateFrame("a packet");
  }

  /** Encodes the 960 samples from {@code offset} on as packet {@code index} of the track. */
  public byte[] encode(short[] samples, int offset, long index) {
    AVFrame frame = codec.writableFrame("a packet");
    // Only a view of FFmpeg's buffer: nothing to free.
    new ShortPointer(frame.data(0)).put(samples, offset, PACKET_SAMPLES);
    frame.pts(index * PACKET_SAMPLES);
    return codec.encode(() -> "Audio packet %d cannot be encoded".formatted(index)).payload();
  }

  /** Frees everything native; calling it again does nothing. */
  @Override
  public void close() {
    codec.close();
  }
}
