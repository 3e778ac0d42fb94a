package io.avatarflow.operators.codec;

import static org.bytedeco.ffmpeg.global.avcodec.av_new_packet;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_unref;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_decoder_by_name;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_frame;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_packet;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_S16;
import static org.bytedeco.ffmpeg.global.avutil.av_channel_layout_default;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;

import java.util.List;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.javacpp.ShortPointer;

/** Decodes Opus packets with libopus, nothing trimmed. */
final class OpusTestDecoder {
  private OpusTestDecoder() {}

  static short[] decode(List<byte[]> packets) {
    Ffmpeg.load();
    AVCodec codec = avcodec_find_decoder_by_name("libopus");
    AVCodecContext context = avcodec_alloc_context3(codec);
    AVFrame frame = av_frame_alloc();
    AVPacket packet = av_packet_alloc();
    try {
      context.sample_rate(OpusEncoder.SAMPLE_RATE);
      context.request_sample_fmt(AV_SAMPLE_FMT_S16);
      av_channel_layout_default(context.ch_layout(), 1);
      Ffmpeg.check(avcodec_open2(context, codec, (AVDictionary) null), "libopus");
      short[] samples = new short[packets.size() * OpusEncoder.PACKET_SAMPLES];
      for (int i = 0; i < packets.size(); i++) {
        Ffmpeg.check(av_new_packet(packet, packets.get(i).length), "packet");
        packet.data().put(packets.get(i));
        Ffmpeg.check(avcodec_send_packet(context, packet), "send");
        av_packet_unref(packet);
        Ffmpeg.check(avcodec_receive_frame(context, frame), "receive");
        new ShortPointer(frame.data(0))
            .get(samples, i * OpusEncoder.PACKET_SAMPLES, OpusEncoder.PACKET_SAMPLES);
      }
      return samples;
    } finally {
      av_packet_free(packet);
      av_frame_free(frame);
      avcodec_free_context(context);
    }
  }
}
