package io.avatarflow.operators.codec;

import static org.bytedeco.ffmpeg.global.avcodec.av_packet_unref;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_decoder;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_to_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_frame;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_packet;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_INVALIDDATA;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_unref;
import static org.bytedeco.ffmpeg.presets.avutil.AVERROR_EAGAIN;

import io.avatarflow.schemas.AudioEncoding;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVStream;

/**
 * Demuxes, decodes and converts the first sound track of one file, one decoded frame at a time. One
 * thread at a time.
 */
final class AudioDecoder implements AutoCloseable {
  private static final int MAX_CHANNELS = 8;

  private final Path file;
  private final AudioDemuxer demuxer;
  private final NativeCodec codec = new NativeCodec();
  private final SampleConverter converter;
  private long damagedPackets;
  private boolean inputEnded;
  private boolean flushed;

  AudioDecoder(Path file) {
    this.file = file;
    this.demuxer = new AudioDemuxer(file);
    try {
      this.converter = new SampleConverter(file, openCodec());
    } catch (RuntimeException e) {
      codec.close();
      demuxer.close();
      throw e;
    }
  }

  private AVCodecContext openCodec() {
    AVStream track = demuxer.track();
    AVCodec decoder = avcodec_find_decoder(track.codecpar().codec_id());
    if (decoder == null) {
      throw new MediaException(
          "Audio %s has a coding that is not known; convert it to WAV.".formatted(file));
    }
    AVCodecContext context = codec.allocate(decoder);
    Ffmpeg.check(
        avcodec_parameters_to_context(context, track.codecpar()),
        "Audio %s cannot be decoded".formatted(file));
    context.pkt_timebase(track.time_base());
    if (codec.open(Map.of()) < 0) {
      throw demuxer.noSound();
    }
    int channels = context.ch_layout().nb_channels();
    if (channels < 1 || channels > MAX_CHANNELS) {
      throw new MediaException(
          "Audio %s has %d channels, 1 to %d can be used; mix it down first."
              .formatted(file, channels, MAX_CHANNELS));
    }
    SourceRate.check(file, context.sample_rate());
    return context;
  }

  int sampleRate() {
    return converter.sampleRate();
  }

  int channels() {
    return converter.channels();
  }

  AudioEncoding encoding() {
    return converter.encoding();
  }

  OptionalDouble estimatedSeconds() {
    return demuxer.estimatedSeconds();
  }

  /** True when the file itself says how long it is, as opposed to a guess from its size. */
  boolean saysItsLength() {
    return demuxer.saysItsLength();
  }

  long damagedPackets() {
    return damagedPackets;
  }

  long clippedSamples() {
    return converter.clippedSamples();
  }

  /** The next interleaved samples, one or more; empty at the end. */
  Optional<byte[]> decode() {
    while (!flushed) {
      int result = avcodec_receive_frame(codec.context(), codec.frame());
      byte[] samples = null;
      if (result >= 0) {
        samples = convertFrame();
      } else if (result == AVERROR_EOF) {
        flushed = true;
        samples = converter.flush();
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

  private byte[] convertFrame() {
    try {
      return converter.convert(codec.frame());
    } finally {
      av_frame_unref(codec.frame());
    }
  }

  private void feed() {
    if (inputEnded) {
      throw new MediaException("Audio %s cannot be decoded to its end.".formatted(file));
    }
    AVPacket packet = codec.packet();
    if (!demuxer.read(packet)) {
      inputEnded = true;
      avcodec_send_packet(codec.context(), null);
      return;
    }
    if (demuxer.isSound(packet) && avcodec_send_packet(codec.context(), packet) < 0) {
      damagedPackets++;
    }
    av_packet_unref(packet);
  }

  /** Frees everything native; calling it again does nothing. */
  @Override
  public void close() {
    converter.close();
    codec.close();
    demuxer.close();
  }
}
