package io.avatarflow.operators.codec;

import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_unref;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_decoder;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_to_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_frame;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_packet;
import static org.bytedeco.ffmpeg.global.avformat.AVFMT_DURATION_FROM_BITRATE;
import static org.bytedeco.ffmpeg.global.avformat.AVFMT_NOFILE;
import static org.bytedeco.ffmpeg.global.avformat.AVIO_FLAG_READ;
import static org.bytedeco.ffmpeg.global.avformat.av_find_best_stream;
import static org.bytedeco.ffmpeg.global.avformat.av_probe_input_buffer2;
import static org.bytedeco.ffmpeg.global.avformat.av_read_frame;
import static org.bytedeco.ffmpeg.global.avformat.avformat_alloc_context;
import static org.bytedeco.ffmpeg.global.avformat.avformat_close_input;
import static org.bytedeco.ffmpeg.global.avformat.avformat_find_stream_info;
import static org.bytedeco.ffmpeg.global.avformat.avformat_open_input;
import static org.bytedeco.ffmpeg.global.avformat.avio_close;
import static org.bytedeco.ffmpeg.global.avformat.avio_open2;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_INVALIDDATA;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_AUDIO;
import static org.bytedeco.ffmpeg.global.avutil.AV_CHANNEL_ORDER_UNSPEC;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_FLT;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_S16;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_S16P;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_U8;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_U8P;
import static org.bytedeco.ffmpeg.global.avutil.AV_TIME_BASE;
import static org.bytedeco.ffmpeg.global.avutil.av_channel_layout_copy;
import static org.bytedeco.ffmpeg.global.avutil.av_channel_layout_default;
import static org.bytedeco.ffmpeg.global.avutil.av_channel_layout_uninit;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_unref;
import static org.bytedeco.ffmpeg.global.swresample.swr_alloc_set_opts2;
import static org.bytedeco.ffmpeg.global.swresample.swr_convert;
import static org.bytedeco.ffmpeg.global.swresample.swr_free;
import static org.bytedeco.ffmpeg.global.swresample.swr_get_out_samples;
import static org.bytedeco.ffmpeg.global.swresample.swr_init;
import static org.bytedeco.ffmpeg.presets.avutil.AVERROR_EAGAIN;

import io.avatarflow.schemas.AudioEncoding;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.bytedeco.ffmpeg.avformat.AVInputFormat;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVChannelLayout;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.swresample.SwrContext;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;

/**
 * Demuxes, decodes and converts the first sound track of one file, one decoded frame at a time. One
 * thread at a time.
 */
final class AudioDecoder implements AutoCloseable {
  private static final int MIN_RATE = 8_000;
  private static final int MAX_RATE = 48_000;
  private static final int MAX_SOURCE_RATE = 768_000;
  private static final int MAX_CHANNELS = 8;
  // Formats that name other files or addresses to read.
  private static final Set<String> LISTS =
      Set.of("hls", "dash", "concat", "sdp", "rtsp", "rtp", "imf", "image2", "webm_dash_manifest");
  private static final Set<Integer> UP_TO_16_BITS =
      Set.of(AV_SAMPLE_FMT_U8, AV_SAMPLE_FMT_U8P, AV_SAMPLE_FMT_S16, AV_SAMPLE_FMT_S16P);

  private final Path file;
  private final AVChannelLayout layout = new AVChannelLayout();
  private final PointerPointer<Pointer> outPlanes = new PointerPointer<>(1);
  private AVIOContext input;
  private AVFormatContext format;
  private AVCodecContext codec;
  private AVFrame frame;
  private AVPacket packet;
  private SwrContext converter;
  private BytePointer converted = new BytePointer(0);
  private int stream;
  private int sampleRate;
  private int sampleBytes;
  private AudioEncoding encoding;
  private int sourceRate;
  private int sourceFormat;
  private int sourceChannels;
  private long damagedPackets;
  private long clippedSamples;
  private long samplesOut;
  private OptionalDouble estimatedSeconds = OptionalDouble.empty();
  private boolean saysItsLength;
  private boolean inputEnded;
  private boolean flushed;

  AudioDecoder(Path file) {
    Ffmpeg.load();
    this.file = file;
    try {
      openFormat();
      openCodec();
      frame = av_frame_alloc();
      packet = av_packet_alloc();
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private void openFormat() {
    String url = "file:" + file.toAbsolutePath();
    try (Ffmpeg.Options options = new Ffmpeg.Options(Map.of("protocol_whitelist", "file"))) {
      input = new AVIOContext(null);
      int opened = avio_open2(input, url, AVIO_FLAG_READ, null, options.dictionary());
      if (opened < 0) {
        input = null;
        throw new MediaException(
            "Audio %s cannot be opened: %s.".formatted(file, Ffmpeg.words(opened)));
      }
    }
    AVInputFormat probed = new AVInputFormat(null);
    int score = av_probe_input_buffer2(input, probed, url, null, 0, 0);
    if (score < 0) {
      throw noSound();
    }
    String name = probed.name().getString();
    if ((probed.flags() & AVFMT_NOFILE) != 0
        || Arrays.stream(name.split(",")).anyMatch(LISTS::contains)) {
      throw new MediaException(
          "Audio %s is a list of other files (%s); give the sound file itself."
              .formatted(file, name));
    }
    try (Ffmpeg.Options options = new Ffmpeg.Options(Map.of("protocol_whitelist", "file"))) {
      format = avformat_alloc_context();
      format.pb(input);
      int opened = avformat_open_input(format, url, probed, options.dictionary());
      if (opened < 0) {
        // FFmpeg has freed the context already.
        format = null;
        throw noSound();
      }
    }
    if (avformat_find_stream_info(format, (AVDictionary) null) < 0) {
      throw noSound();
    }
    readLength();
  }

  private void openCodec() {
    stream = av_find_best_stream(format, AVMEDIA_TYPE_AUDIO, -1, -1, (PointerPointer<?>) null, 0);
    if (stream < 0) {
      throw noSound();
    }
    AVStream track = format.streams(stream);
    AVCodec decoder = avcodec_find_decoder(track.codecpar().codec_id());
    if (decoder == null) {
      throw new MediaException(
          "Audio %s has a coding that is not known; convert it to WAV.".formatted(file));
    }
    codec = avcodec_alloc_context3(decoder);
    Ffmpeg.check(
        avcodec_parameters_to_context(codec, track.codecpar()),
        "Audio %s cannot be decoded".formatted(file));
    codec.pkt_timebase(track.time_base());
    codec.thread_count(1);
    if (avcodec_open2(codec, decoder, (AVDictionary) null) < 0) {
      throw noSound();
    }
    int channels = codec.ch_layout().nb_channels();
    if (channels < 1 || channels > MAX_CHANNELS) {
      throw new MediaException(
          "Audio %s has %d channels, 1 to %d can be used; mix it down first."
              .formatted(file, channels, MAX_CHANNELS));
    }
    if (codec.sample_rate() < 1 || codec.sample_rate() > MAX_SOURCE_RATE) {
      throw new MediaException(
          "Audio %s says %d samples a second, 1 to %d can be used; convert it first."
              .formatted(file, codec.sample_rate(), MAX_SOURCE_RATE));
    }
    if (codec.ch_layout().order() == AV_CHANNEL_ORDER_UNSPEC) {
      av_channel_layout_default(layout, channels);
    } else {
      Ffmpeg.check(
          av_channel_layout_copy(layout, codec.ch_layout()),
          "Audio %s has odd channels".formatted(file));
    }
    sampleRate =
        codec.sample_rate() >= MIN_RATE && codec.sample_rate() <= MAX_RATE
            ? codec.sample_rate()
            : MAX_RATE;
    encoding =
        UP_TO_16_BITS.contains(codec.sample_fmt())
            ? AudioEncoding.PCM_S16LE
            : AudioEncoding.PCM_F32LE;
    sampleBytes = encoding == AudioEncoding.PCM_S16LE ? 2 : 4;
  }

  private MediaException noSound() {
    return new MediaException(
        "Audio %s holds no sound that can be decoded; give a sound file such as WAV, FLAC, MP3 or M4A."
            .formatted(file));
  }

  int sampleRate() {
    return sampleRate;
  }

  int channels() {
    return layout.nb_channels();
  }

  AudioEncoding encoding() {
    return encoding;
  }

  OptionalDouble estimatedSeconds() {
    return estimatedSeconds;
  }

  /** True when the file itself says how long it is, as opposed to a guess from its size. */
  boolean saysItsLength() {
    return saysItsLength;
  }

  private void readLength() {
    saysItsLength =
        format.duration() > 0 && format.duration_estimation_method() != AVFMT_DURATION_FROM_BITRATE;
    estimatedSeconds =
        format.duration() > 0
            ? OptionalDouble.of((double) format.duration() / AV_TIME_BASE)
            : OptionalDouble.empty();
  }

  long damagedPackets() {
    return damagedPackets;
  }

  long clippedSamples() {
    return clippedSamples;
  }

  /** The next interleaved samples, one or more; empty at the end. */
  Optional<byte[]> decode() {
    while (!flushed) {
      int result = avcodec_receive_frame(codec, frame);
      byte[] samples = null;
      if (result >= 0) {
        samples = convertFrame();
      } else if (result == AVERROR_EOF) {
        flushed = true;
        samples = converter == null ? new byte[0] : convert(null, 0);
      } else if (result == AVERROR_EAGAIN()) {
        feed();
      } else if (result == AVERROR_INVALIDDATA) {
        damagedPackets++;
      } else {
        Ffmpeg.check(result, "Audio %s cannot be decoded".formatted(file));
      }
      if (samples != null && samples.length > 0) {
        return Optional.of(samples);
      }
    }
    return Optional.empty();
  }

  private void feed() {
    if (inputEnded) {
      throw new MediaException("Audio %s cannot be decoded to its end.".formatted(file));
    }
    if (av_read_frame(format, packet) < 0) {
      inputEnded = true;
      avcodec_send_packet(codec, null);
      return;
    }
    if (packet.stream_index() == stream && avcodec_send_packet(codec, packet) < 0) {
      damagedPackets++;
    }
    av_packet_unref(packet);
  }

  private byte[] convertFrame() {
    try {
      if (converter == null
          || frame.sample_rate() != sourceRate
          || frame.format() != sourceFormat
          || frame.ch_layout().nb_channels() != sourceChannels) {
        openConverter();
      }
      return convert(frame.extended_data(), frame.nb_samples());
    } finally {
      av_frame_unref(frame);
    }
  }

  private void openConverter() {
    if (converter != null) {
      swr_free(converter);
    }
    sourceRate = frame.sample_rate();
    sourceFormat = frame.format();
    sourceChannels = frame.ch_layout().nb_channels();
    try (AVChannelLayout source = new AVChannelLayout()) {
      if (sourceChannels == layout.nb_channels()) {
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
    long bytes = (long) Math.max(room, 0) * channels() * sampleBytes;
    if (converted.capacity() < bytes) {
      converted.close();
      converted = new BytePointer(bytes);
    }
    outPlanes.put(0, converted);
    int made =
        Ffmpeg.check(
            swr_convert(converter, outPlanes, room, planes, samples),
            "Audio %s cannot be converted".formatted(file));
    byte[] out = new byte[Math.toIntExact((long) made * channels() * sampleBytes)];
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
        double seconds = (double) (samplesOut + at / (4L * channels())) / sampleRate;
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

  @Override
  public void close() {
    if (converter != null) {
      swr_free(converter);
      converter = null;
    }
    if (packet != null) {
      av_packet_free(packet);
      packet = null;
    }
    if (frame != null) {
      av_frame_free(frame);
      frame = null;
    }
    if (codec != null) {
      avcodec_free_context(codec);
      codec = null;
    }
    if (format != null) {
      avformat_close_input(format);
      format = null;
    }
    if (input != null) {
      avio_close(input);
      input = null;
    }
    if (!layout.isNull()) {
      av_channel_layout_uninit(layout);
      layout.close();
    }
    converted.close();
    outPlanes.close();
  }
}
