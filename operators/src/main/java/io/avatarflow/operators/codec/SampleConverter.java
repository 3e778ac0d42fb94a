package io.avatarflow.operators.codec;

import static org.bytedeco.ffmpeg.global.avutil.AV_CHANNEL_ORDER_UNSPEC;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_FLT;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_S16;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_S16P;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_U8;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_U8P;
import static org.bytedeco.ffmpeg.global.avutil.av_channel_layout_copy;
import static org.bytedeco.ffmpeg.global.avutil.av_channel_layout_default;
import static org.bytedeco.ffmpeg.global.avutil.av_channel_layout_uninit;
import static org.bytedeco.ffmpeg.global.swresample.swr_alloc_set_opts2;
import static org.bytedeco.ffmpeg.global.swresample.swr_convert;
import static org.bytedeco.ffmpeg.global.swresample.swr_free;
import static org.bytedeco.ffmpeg.global.swresample.swr_get_out_samples;
import static org.bytedeco.ffmpeg.global.swresample.swr_init;

import io.avatarflow.schemas.AudioEncoding;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Set;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avutil.AVChannelLayout;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.swresample.SwrContext;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;

/**
 * Turns decoded sound, whose rate, format and channels may change from frame to frame, into
 * interleaved samples of one rate, encoding and number of channels: those of the track where they
 * can be used. One thread at a time.
 */
final class SampleConverter implements AutoCloseable {
  private static final int MIN_RATE = 8_000;
  private static final int MAX_RATE = 48_000;
  private static final Set<Integer> UP_TO_16_BITS =
      Set.of(AV_SAMPLE_FMT_U8, AV_SAMPLE_FMT_U8P, AV_SAMPLE_FMT_S16, AV_SAMPLE_FMT_S16P);

  private final Path file;
  private final AVChannelLayout layout = new AVChannelLayout();
  private final PointerPointer<Pointer> outPlanes = new PointerPointer<>(1);
  private final int sampleRate;
  private final int channels;
  private final AudioEncoding encoding;
  private final int sampleBytes;
  private SwrContext converter;
  private BytePointer converted = new BytePointer(0);
  private int sourceRate;
  private int sourceFormat;
  private int sourceChannels;
  private long clippedSamples;
  private long samplesOut;

  /**
   * A converter for what a decoder gives.
   *
   * @param file named in errors
   * @param codec the open decoder
   */
  SampleConverter(Path file, AVCodecContext codec) {
    this.file = file;
    int rate = codec.sample_rate();
    sampleRate = rate >= MIN_RATE && rate <= MAX_RATE ? rate : MAX_RATE;
    channels = codec.ch_layout().nb_channels();
    boolean small = UP_TO_16_BITS.contains(codec.sample_fmt());
    encoding = small ? AudioEncoding.PCM_S16LE : AudioEncoding.PCM_F32LE;
    sampleBytes = small ? 2 : 4;
    try {
      copyLayout(codec.ch_layout());
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private void copyLayout(AVChannelLayout source) {
    if (source.order() == AV_CHANNEL_ORDER_UNSPEC) {
      av_channel_layout_default(layout, source.nb_channels());
    } else {
      Ffmpeg.check(
          av_channel_layout_copy(layout, source), "Audio %s has odd channels".formatted(file));
    }
  }

  /** Samples a second of what comes out, 8000 to 48000. */
  int sampleRate() {
    return sampleRate;
  }

  int channels() {
    return channels;
  }

  AudioEncoding encoding() {
    return encoding;
  }

  /** Samples so far that lay outside -1 to 1. */
  long clippedSamples() {
    return clippedSamples;
  }

  /** The samples of a frame, interleaved; none while the resampler waits for more. */
  byte[] convert(AVFrame frame) {
    if (converter == null
        || frame.sample_rate() != sourceRate
        || frame.format() != sourceFormat
        || frame.ch_layout().nb_channels() != sourceChannels) {
      open(frame);
    }
    return convert(frame.extended_data(), frame.nb_samples());
  }

  /** What the resampler still holds behind the last frame. */
  byte[] flush() {
    return converter == null ? new byte[0] : convert(null, 0);
  }

  private void open(AVFrame frame) {
    SourceRate.check(file, frame.sample_rate());
    if (converter != null) {
      swr_free(converter);
    }
    sourceRate = frame.sample_rate();
    sourceFormat = frame.format();
    sourceChannels = frame.ch_layout().nb_channels();
    try (AVChannelLayout source = new AVChannelLayout()) {
      if (sourceChannels == channels) {
        av_channel_layout_copy(source, layout);
      } else {
        av_channel_layout_default(source, sourceChannels);
      }
      converter = new SwrContext(null);
      int outFormat = encoding == AudioEncoding.PCM_S16LE ? AV_SAMPLE_FMT_S16 : AV_SAMPLE_FMT_FLT;
      String what = "Audio %s cannot be converted".formatted(file);
      Ffmpeg.check(
          swr_alloc_set_opts2(
              converter, layout, outFormat, sampleRate, source, sourceFormat, sourceRate, 0, null),
          what);
      Ffmpeg.check(swr_init(converter), what);
      av_channel_layout_uninit(source);
    }
  }

  private byte[] convert(PointerPointer<?> planes, int samples) {
    int room = swr_get_out_samples(converter, samples);
    long bytes = (long) Math.max(room, 0) * channels * sampleBytes;
    if (converted.capacity() < bytes) {
      converted.close();
      converted = new BytePointer(bytes);
    }
    outPlanes.put(0, converted);
    int made =
        Ffmpeg.check(
            swr_convert(converter, outPlanes, room, planes, samples),
            "Audio %s cannot be converted".formatted(file));
    byte[] out = new byte[Math.toIntExact((long) made * channels * sampleBytes)];
    converted.position(0).get(out);
    if (encoding == AudioEncoding.PCM_F32LE) {
      checkFloats(out);
    }
    samplesOut += made;
    return out;
  }

  private void checkFloats(byte[] samples) {
    ByteBuffer buffer = ByteBuffer.wrap(samples).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at < samples.length; at += 4) {
      float value = buffer.getFloat(at);
      if (!Float.isFinite(value)) {
        double seconds = (double) (samplesOut + at / (4L * channels)) / sampleRate;
        throw new MediaException(
            "Audio %s has a sample that is no number (%s) at %.3f s; repair the file or export it again."
                .formatted(file, value, seconds));
      }
      if (value < -1 || value > 1) {
        clippedSamples++;
        buffer.putFloat(at, Math.max(-1, Math.min(1, value)));
      }
    }
  }

  /** Frees everything native; calling it again does nothing. */
  @Override
  public void close() {
    if (converter != null) {
      swr_free(converter);
      converter = null;
    }
    if (!layout.isNull()) {
      av_channel_layout_uninit(layout);
      layout.close();
    }
    converted.close();
    outPlanes.close();
  }
}
