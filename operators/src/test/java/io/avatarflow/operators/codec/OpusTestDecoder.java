package io.avatarflow.operators.codec;

import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_decoder_by_name;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_S16;
import static org.bytedeco.ffmpeg.global.avutil.av_channel_layout_default;

import java.util.List;
import java.util.Map;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.javacpp.ShortPointer;

/** Decodes Opus packets with libopus, nothing trimmed. */
final class OpusTestDecoder {
  private OpusTestDecoder() {}

  static short[] decode(List<byte[]> packets) {
    Ffmpeg.load();
    try (NativeCodec codec = new NativeCodec()) {
      AVCodecContext context = codec.allocate(avcodec_find_decoder_by_name("libopus"));
      context.sample_rate(OpusEncoder.SAMPLE_RATE);
      context.request_sample_fmt(AV_SAMPLE_FMT_S16);
      av_channel_layout_default(context.ch_layout(), 1);
      Ffmpeg.check(codec.open(Map.of()), "Opus decoder cannot be opened");
      short[] samples = new short[packets.size() * OpusEncoder.PACKET_SAMPLES];
      for (int i = 0; i < packets.size(); i++) {
        new ShortPointer(codec.decode(packets.get(i)).data(0))
            .get(samples, i * OpusEncoder.PACKET_SAMPLES, OpusEncoder.PACKET_SAMPLES);
      }
      return samples;
    }
  }
}
