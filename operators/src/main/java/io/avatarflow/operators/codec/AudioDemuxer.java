package io.avatarflow.operators.codec;

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
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_AUDIO;
import static org.bytedeco.ffmpeg.global.avutil.AV_TIME_BASE;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.bytedeco.ffmpeg.avformat.AVInputFormat;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.javacpp.PointerPointer;

/**
 * Takes the packets of the first sound track out of one file, and opens nothing but that file. One
 * thread at a time.
 */
final class AudioDemuxer implements AutoCloseable {
  // Formats that name other files or addresses to read.
  private static final Set<String> LISTS =
      Set.of("hls", "dash", "concat", "sdp", "rtsp", "rtp", "imf", "image2", "webm_dash_manifest");
  private static final Map<String, String> FILES_ONLY = Map.of("protocol_whitelist", "file");

  private final Path file;
  private final String url;
  private AVIOContext input;
  private AVFormatContext format;
  private int stream;
  private OptionalDouble estimatedSeconds = OptionalDouble.empty();
  private boolean saysItsLength;

  AudioDemuxer(Path file) {
    Ffmpeg.load();
    this.file = file;
    this.url = "file:" + file.toAbsolutePath();
    try {
      openInput();
      openFormat(probe());
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private void openInput() {
    try (Ffmpeg.Options options = new Ffmpeg.Options(FILES_ONLY)) {
      input = new AVIOContext(null);
      int opened = avio_open2(input, url, AVIO_FLAG_READ, null, options.dictionary());
      if (opened < 0) {
        input = null;
        throw new MediaException(
            "Audio %s cannot be opened: %s.".formatted(file, Ffmpeg.words(opened)));
      }
    }
  }

  private AVInputFormat probe() {
    AVInputFormat probed = new AVInputFormat(null);
    if (av_probe_input_buffer2(input, probed, url, null, 0, 0) < 0) {
      throw noSound();
    }
    String name = probed.name().getString();
    if ((probed.flags() & AVFMT_NOFILE) != 0
        || Arrays.stream(name.split(",")).anyMatch(LISTS::contains)) {
      throw new MediaException(
          "Audio %s is a list of other files (%s); give the sound file itself."
              .formatted(file, name));
    }
    return probed;
  }

  private void openFormat(AVInputFormat probed) {
    try (Ffmpeg.Options options = new Ffmpeg.Options(FILES_ONLY)) {
      format = avformat_alloc_context();
      format.pb(input);
      if (avformat_open_input(format, url, probed, options.dictionary()) < 0) {
        // FFmpeg has freed the context already.
        format = null;
        throw noSound();
      }
    }
    if (avformat_find_stream_info(format, (AVDictionary) null) < 0) {
      throw noSound();
    }
    readLength();
    stream = av_find_best_stream(format, AVMEDIA_TYPE_AUDIO, -1, -1, (PointerPointer<?>) null, 0);
    if (stream < 0) {
      throw noSound();
    }
  }

  private void readLength() {
    if (format.duration() > 0) {
      estimatedSeconds = OptionalDouble.of((double) format.duration() / AV_TIME_BASE);
      saysItsLength = format.duration_estimation_method() != AVFMT_DURATION_FROM_BITRATE;
    }
  }

  /** What is thrown when nothing in the file can be decoded as sound. */
  MediaException noSound() {
    return new MediaException(
        "Audio %s holds no sound that can be decoded; give a sound file such as WAV, FLAC, MP3 or M4A."
            .formatted(file));
  }

  /** The sound track. */
  AVStream track() {
    return format.streams(stream);
  }

  /** How long the sound is by the file's own words or a guess from its size, seconds. */
  OptionalDouble estimatedSeconds() {
    return estimatedSeconds;
  }

  /** True when the file itself says how long it is, as opposed to a guess from its size. */
  boolean saysItsLength() {
    return saysItsLength;
  }

  /** Reads the file's next packet, which the caller unreferences; false at the end. */
  boolean read(AVPacket packet) {
    return av_read_frame(format, packet) >= 0;
  }

  /** True for a packet of the sound track. */
  boolean isSound(AVPacket packet) {
    return packet.stream_index() == stream;
  }

  /** Frees everything native; calling it again does nothing. */
  @Override
  public void close() {
    if (format != null) {
      avformat_close_input(format);
      format = null;
    }
    if (input != null) {
      avio_close(input);
      input = null;
    }
  }
}
