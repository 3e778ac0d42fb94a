package io.avatarflow.operators.codec;

import static org.bytedeco.ffmpeg.avformat.AVFormatContext.AVFMT_FLAG_BITEXACT;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_H264;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_OPUS;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_VP8;
import static org.bytedeco.ffmpeg.global.avcodec.AV_INPUT_BUFFER_PADDING_SIZE;
import static org.bytedeco.ffmpeg.global.avcodec.AV_PKT_DATA_SKIP_SAMPLES;
import static org.bytedeco.ffmpeg.global.avcodec.AV_PKT_FLAG_KEY;
import static org.bytedeco.ffmpeg.global.avcodec.av_new_packet;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_new_side_data;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_rescale_ts;
import static org.bytedeco.ffmpeg.global.avformat.AVIO_FLAG_WRITE;
import static org.bytedeco.ffmpeg.global.avformat.av_interleaved_write_frame;
import static org.bytedeco.ffmpeg.global.avformat.av_write_trailer;
import static org.bytedeco.ffmpeg.global.avformat.avformat_alloc_output_context2;
import static org.bytedeco.ffmpeg.global.avformat.avformat_free_context;
import static org.bytedeco.ffmpeg.global.avformat.avformat_new_stream;
import static org.bytedeco.ffmpeg.global.avformat.avformat_write_header;
import static org.bytedeco.ffmpeg.global.avformat.avio_close;
import static org.bytedeco.ffmpeg.global.avformat.avio_open;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_PRI_SMPTE170M;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_RANGE_MPEG;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_SMPTE170M;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_TRC_SMPTE170M;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_AUDIO;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_VIDEO;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P;
import static org.bytedeco.ffmpeg.global.avutil.av_channel_layout_default;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_set;
import static org.bytedeco.ffmpeg.global.avutil.av_mallocz;

import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.OpenMark;
import io.avatarflow.schemas.Track;
import io.avatarflow.schemas.VideoCodec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.bytedeco.ffmpeg.avcodec.AVCodecParameters;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.bytedeco.javacpp.BytePointer;

/**
 * Writes the frames of one session into a file as they are: H.264 and Opus into {@code .mp4}, VP8
 * and Opus into {@code .webm}. Nothing is encoded again.
 *
 * <p>The look-ahead of the Opus encoder is taken back by the container's own means (edit list,
 * codec delay), so sound and pictures start and end together. The tags {@code synthetic}, {@code
 * comment}, {@code pack} and {@code seed} say that a model made the pictures, and which.
 *
 * <p>Opus in MP4 plays in current browsers and in players built on FFmpeg or VLC; for a player that
 * knows only AAC the sound has to be converted afterwards.
 *
 * <p>Life cycle: open, {@link #write} each frame once in the order of the stream, {@link #finish},
 * {@link #close}. The file appears under its name only in {@link #finish}; closing before that
 * leaves no file. Methods may be called by several threads, one after the other.
 */
public final class MediaFileWriter implements AutoCloseable {
  private static final int MAX_PACKETS_BEFORE_FIRST_PICTURE = 250;
  private static final int SEEK_PREROLL_SAMPLES = 3840;
  private static final int OPUS_HEAD_BYTES = 19;

  private final OpenMark open;
  private final PartFile file;
  private final List<EncodedFrame> early = new ArrayList<>();
  private final AVRational videoClock = new AVRational().num(1).den(FrameBuilder.VIDEO_CLOCK);
  private final AVRational audioClock = new AVRational().num(1).den(OpusEncoder.SAMPLE_RATE);
  private AVFormatContext context;
  private AVIOContext output;
  private AVPacket packet;
  private boolean headerWritten;
  private EncodedFrame heldAudio;

  /**
   * Opens a file.
   *
   * @param target where the finished file will be; an old one is replaced then
   * @param open the mark that opened the stream
   * @throws MediaException if name and codec do not go together or the file cannot be written
   */
  public MediaFileWriter(Path target, OpenMark open) {
    Ffmpeg.load();
    String format = format(target, open.getCodec());
    this.open = open;
    this.file = PartFile.beside(target);
    try {
      context = new AVFormatContext(null);
      Ffmpeg.check(
          avformat_alloc_output_context2(context, null, format, file.part().toString()),
          "File %s cannot be written".formatted(target));
      context.flags(context.flags() | AVFMT_FLAG_BITEXACT);
      output = new AVIOContext(null);
      Ffmpeg.check(
          avio_open(output, file.part().toString(), AVIO_FLAG_WRITE),
          "File %s cannot be written".formatted(target));
      context.pb(output);
      packet = av_packet_alloc();
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /**
   * The container for a file name: {@code mp4} or {@code webm}.
   *
   * @throws MediaException if the name's ending is neither, or does not go with the codec
   */
  public static String format(Path target, VideoCodec codec) {
    String name = target.toString().toLowerCase(Locale.ROOT);
    boolean mp4 = name.endsWith(".mp4");
    if (!mp4 && !name.endsWith(".webm")) {
      throw new MediaException(
          "File %s ends neither in .mp4 nor in .webm; choose one of them.".formatted(target));
    }
    if (mp4 != (codec == VideoCodec.H264)) {
      throw new MediaException(
          "File %s cannot hold %s; H264 goes into .mp4 and VP8 into .webm."
              .formatted(target, codec));
    }
    return mp4 ? "mp4" : "webm";
  }

  /** Adds a frame. */
  public synchronized void write(EncodedFrame frame) {
    if (context == null) {
      throw new MediaException("File %s is closed already.".formatted(file.target()));
    }
    if (headerWritten) {
      place(frame);
    } else if (frame.getTrack() == Track.VIDEO) {
      if (!frame.getKeyFrame()) {
        throw new MediaException(
            "File %s cannot start with picture %d, which is no key frame."
                .formatted(file.target(), frame.getIndex()));
      }
      writeHeader(bytes(frame));
      place(frame);
      early.forEach(this::place);
      early.clear();
    } else if (early.size() < MAX_PACKETS_BEFORE_FIRST_PICTURE) {
      early.add(frame);
    } else {
      throw new MediaException(
          "File %s got %d packets of sound and no picture.".formatted(file.target(), early.size()));
    }
  }

  /** Ends the file and gives it its name. */
  public synchronized void finish() {
    if (!headerWritten) {
      throw new MediaException("File %s would be empty: no picture came.".formatted(file.target()));
    }
    if (heldAudio != null) {
      put(heldAudio, audioDuration(heldAudio));
    }
    Ffmpeg.check(av_write_trailer(context), "File %s cannot be ended".formatted(file.target()));
    Ffmpeg.check(avio_close(output), "File %s cannot be ended".formatted(file.target()));
    output = null;
    free();
    file.complete();
  }

  /**
   * Frees everything native; a file that was not finished is deleted. Calling it again does
   * nothing.
   */
  @Override
  public synchronized void close() {
    free();
    file.abandon();
  }

  private void free() {
    if (packet != null) {
      av_packet_free(packet);
      packet = null;
    }
    if (output != null && !output.isNull()) {
      avio_close(output);
      output = null;
    }
    if (context != null && !context.isNull()) {
      avformat_free_context(context);
    }
    context = null;
    videoClock.close();
    audioClock.close();
  }

  private void writeHeader(byte[] firstPicture) {
    AVCodecParameters video = avformat_new_stream(context, null).codecpar();
    video.codec_type(AVMEDIA_TYPE_VIDEO);
    video.codec_id(open.getCodec() == VideoCodec.H264 ? AV_CODEC_ID_H264 : AV_CODEC_ID_VP8);
    video.width(open.getWidth());
    video.height(open.getHeight());
    video.format(AV_PIX_FMT_YUV420P);
    video.color_range(AVCOL_RANGE_MPEG);
    video.color_space(AVCOL_SPC_SMPTE170M);
    video.color_primaries(AVCOL_PRI_SMPTE170M);
    video.color_trc(AVCOL_TRC_SMPTE170M);
    if (open.getCodec() == VideoCodec.H264) {
      extradata(video, AnnexB.parameterSets(firstPicture));
    }
    AVStream stream = context.streams(0);
    stream.time_base().num(1).den(FrameBuilder.VIDEO_CLOCK);
    stream.avg_frame_rate().num(open.getFpsNumerator()).den(open.getFpsDenominator());

    AVCodecParameters audio = avformat_new_stream(context, null).codecpar();
    audio.codec_type(AVMEDIA_TYPE_AUDIO);
    audio.codec_id(AV_CODEC_ID_OPUS);
    audio.sample_rate(OpusEncoder.SAMPLE_RATE);
    av_channel_layout_default(audio.ch_layout(), 1);
    audio.frame_size(OpusEncoder.PACKET_SAMPLES);
    audio.initial_padding(OpusEncoder.LOOK_AHEAD);
    audio.seek_preroll(SEEK_PREROLL_SAMPLES);
    extradata(audio, opusHead());
    context.streams(1).time_base().num(1).den(OpusEncoder.SAMPLE_RATE);

    AVDictionary tags = new AVDictionary(null);
    tags(open).forEach((name, value) -> av_dict_set(tags, name, value, 0));
    context.metadata(tags);
    try (Ffmpeg.Options options =
        new Ffmpeg.Options(Map.of("movflags", "+faststart+use_metadata_tags"))) {
      Ffmpeg.check(
          avformat_write_header(context, options.dictionary()),
          "File %s cannot be written".formatted(file.target()));
    }
    headerWritten = true;
  }

  private static Map<String, String> tags(OpenMark open) {
    return Map.of(
        "synthetic",
        "true",
        "comment",
        "Synthetic media: a model made the pictures of this file (AvatarFlow, pack %s)."
            .formatted(open.getPackName()),
        "pack",
        open.getPackName() + "@" + open.getPackDigest(),
        "seed",
        Long.toString(open.getSeed()));
  }

  private static void extradata(AVCodecParameters parameters, byte[] bytes) {
    // FFmpeg frees it with the stream, and its parsers read behind the end.
    BytePointer copy = new BytePointer(av_mallocz(bytes.length + AV_INPUT_BUFFER_PADDING_SIZE));
    copy.put(bytes, 0, bytes.length);
    parameters.extradata(copy);
    parameters.extradata_size(bytes.length);
  }

  /** The identification header of RFC 7845, section 5.1: one channel, mapping family 0. */
  private static byte[] opusHead() {
    return ByteBuffer.allocate(OPUS_HEAD_BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put("OpusHead".getBytes(StandardCharsets.US_ASCII))
        .put((byte) 1)
        .put((byte) 1)
        .putShort((short) OpusEncoder.LOOK_AHEAD)
        .putInt(OpusEncoder.SAMPLE_RATE)
        .putShort((short) 0)
        .put((byte) 0)
        .array();
  }

  /**
   * The last audio packet waits, because only then it is known that it is the last and may have to
   * end early.
   */
  private void place(EncodedFrame frame) {
    if (frame.getTrack() == Track.VIDEO) {
      put(frame, frame.getDuration());
    } else {
      if (heldAudio != null) {
        put(heldAudio, OpusEncoder.PACKET_SAMPLES);
      }
      heldAudio = frame;
    }
  }

  /** What of the last packet is sound of the session, once the decoder's delay is counted. */
  private int audioDuration(EncodedFrame last) {
    long end =
        (last.getAudioFirstSample() + last.getAudioSampleCount())
            * OpusEncoder.SAMPLE_RATE
            / open.getMediaSampleRate();
    return (int)
        Math.max(
            1,
            Math.min(OpusEncoder.PACKET_SAMPLES, end - (last.getPts() - OpusEncoder.LOOK_AHEAD)));
  }

  private void put(EncodedFrame frame, int duration) {
    boolean video = frame.getTrack() == Track.VIDEO;
    byte[] payload = bytes(frame);
    Ffmpeg.check(av_new_packet(packet, payload.length), "Memory for a frame cannot be had");
    packet.data().put(payload, 0, payload.length);
    packet.stream_index(video ? 0 : 1);
    long pts = video ? frame.getPts() : frame.getPts() - OpusEncoder.LOOK_AHEAD;
    packet.pts(pts);
    packet.dts(pts);
    packet.duration(duration);
    packet.flags(frame.getKeyFrame() ? AV_PKT_FLAG_KEY : 0);
    if (!video && duration < OpusEncoder.PACKET_SAMPLES) {
      discard(OpusEncoder.PACKET_SAMPLES - duration);
    }
    av_packet_rescale_ts(
        packet, video ? videoClock : audioClock, context.streams(video ? 0 : 1).time_base());
    Ffmpeg.check(
        av_interleaved_write_frame(context, packet),
        "%s frame %d cannot be written to %s"
            .formatted(frame.getTrack(), frame.getIndex(), file.target()));
  }

  private void discard(int samples) {
    BytePointer sideData = av_packet_new_side_data(packet, AV_PKT_DATA_SKIP_SAMPLES, 10);
    byte[] bytes =
        ByteBuffer.allocate(10).order(ByteOrder.LITTLE_ENDIAN).putInt(0).putInt(samples).array();
    sideData.put(bytes, 0, bytes.length);
  }

  private static byte[] bytes(EncodedFrame frame) {
    byte[] bytes = new byte[frame.getPayload().remaining()];
    frame.getPayload().duplicate().get(bytes);
    return bytes;
  }
}
