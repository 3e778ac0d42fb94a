package io.avatarflow.operators.codec;

import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_FLAG_GLOBAL_HEADER;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_encoder_by_name;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_PRI_SMPTE170M;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_RANGE_MPEG;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_SMPTE170M;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_TRC_SMPTE170M;
import static org.bytedeco.ffmpeg.global.avutil.AV_PICTURE_TYPE_I;
import static org.bytedeco.ffmpeg.global.avutil.AV_PICTURE_TYPE_NONE;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P;

import io.avatarflow.operators.stage.SessionInfo;
import io.avatarflow.schemas.VideoCodec;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avutil.AVFrame;

/**
 * Turns RGB pictures into the access units of one H.264 or VP8 stream, one out for each in.
 *
 * <p>H.264 comes from OpenH264: constrained baseline, no B-frames, no skipped pictures, Annex-B
 * with SPS and PPS before each IDR picture. VP8 comes from libvpx at a fixed speed, because its
 * adaptive speeds follow the wall clock. Both run on the caller's thread and give the same bytes
 * for the same pictures and requests.
 *
 * <p>Threads: one at a time. Life cycle: open by the constructor, {@link #encode} for each picture,
 * {@link #close}.
 */
public final class VideoEncoder implements AutoCloseable {
  /** Smallest width and height of a stream. */
  public static final int MIN_SIZE = SessionInfo.VideoSettings.MIN_SIDE;

  /** Largest width and height of a stream. */
  public static final int MAX_SIZE = SessionInfo.VideoSettings.MAX_SIDE;

  private static final int SECONDS_BETWEEN_KEY_FRAMES = 10;

  /** Sessions choose their sizes and rates, so there is no end of kinds of streams. */
  private static final int MOST_PROFILES = 256;

  private static final Map<Settings, String> PROFILES = new ConcurrentHashMap<>();

  /**
   * What a stream looks like.
   *
   * @param codec H264 or VP8
   * @param pictureWidth width of the pictures that are encoded, pixels
   * @param pictureHeight their height
   * @param width width of the stream, pixels, even, 64 to 1920; other than the pictures' scales
   *     them, bars keep the aspect ratio
   * @param height height of the stream
   * @param fps pictures a second
   * @param bitrate target in bits per second; 0 lets the size decide, see {@link #defaultBitrate}
   */
  public record Settings(
      VideoCodec codec,
      int pictureWidth,
      int pictureHeight,
      int width,
      int height,
      int fps,
      int bitrate) {
    public Settings {
      if (codec != VideoCodec.H264 && codec != VideoCodec.VP8) {
        throw new MediaException("Video codec %s is not known; use H264 or VP8.".formatted(codec));
      }
      if (!inRange(width) || !inRange(height)) {
        throw new MediaException(
            "Video size %d x %d cannot be encoded; choose an even width and height from %d to %d."
                .formatted(width, height, MIN_SIZE, MAX_SIZE));
      }
      if (bitrate < 0) {
        throw new MediaException(
            "Video bitrate %d is negative; choose bits per second above 0, or 0 for the default."
                .formatted(bitrate));
      }
    }

    /** The same stream at another bitrate. */
    Settings withBitrate(int newBitrate) {
      return new Settings(codec, pictureWidth, pictureHeight, width, height, fps, newBitrate);
    }

    private static boolean inRange(int size) {
      return size >= MIN_SIZE && size <= MAX_SIZE && size % 2 == 0;
    }
  }

  private final Settings settings;
  private final PictureScaler scaler;
  private final NativeCodec codec = new NativeCodec();

  /** Opens an encoder; a {@link MediaException} says what is wrong with the settings. */
  public VideoEncoder(Settings settings) {
    this(settings, 0);
  }

  private VideoEncoder(Settings settings, int flags) {
    Ffmpeg.load();
    this.settings = settings;
    this.scaler =
        PictureScaler.rgbToYuv(
            settings.pictureWidth(), settings.pictureHeight(), settings.width(), settings.height());
    try {
      open(flags);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private void open(int flags) {
    String name = library(settings.codec());
    AVCodec library = avcodec_find_encoder_by_name(name);
    if (library == null) {
      throw new MediaException(
          "Video encoder %s is missing in the FFmpeg natives; use the ones that this build brings along."
              .formatted(name));
    }
    AVCodecContext context = codec.allocate(library);
    context.width(settings.width());
    context.height(settings.height());
    context.pix_fmt(AV_PIX_FMT_YUV420P);
    context.time_base().num(1).den(settings.fps());
    context.framerate().num(settings.fps()).den(1);
    context.bit_rate(
        settings.bitrate() > 0
            ? settings.bitrate()
            : defaultBitrate(settings.width(), settings.height()));
    context.gop_size(settings.fps() * SECONDS_BETWEEN_KEY_FRAMES);
    context.max_b_frames(0);
    context.color_range(AVCOL_RANGE_MPEG);
    context.colorspace(AVCOL_SPC_SMPTE170M);
    context.color_primaries(AVCOL_PRI_SMPTE170M);
    context.color_trc(AVCOL_TRC_SMPTE170M);
    context.flags(flags);
    Ffmpeg.check(
        codec.open(options(settings.codec())),
        "Video encoder %s refuses %d x %d at %d frames a second and %d bit/s"
            .formatted(
                name, settings.width(), settings.height(), settings.fps(), context.bit_rate()));
    AVFrame frame = codec.frame();
    frame.format(AV_PIX_FMT_YUV420P);
    frame.width(settings.width());
    frame.height(settings.height());
    frame.color_range(AVCOL_RANGE_MPEG);
    codec.allocateFrame("a picture");
    scaler.blacken(frame);
  }

  private static String library(VideoCodec codec) {
    return codec == VideoCodec.H264 ? "libopenh264" : "libvpx";
  }

  private static Map<String, String> options(VideoCodec codec) {
    return codec == VideoCodec.H264
        ? Map.of("rc_mode", "bitrate", "allow_skip_frames", "0", "profile", "constrained_baseline")
        : Map.of(
            "deadline", "realtime", "cpu-used", "-8", "lag-in-frames", "0", "auto-alt-ref", "0");
  }

  /**
   * The bitrate that a size gets when none is asked for: 400 kbit/s at 256 x 256, growing slower
   * than the area.
   */
  public static int defaultBitrate(int width, int height) {
    return (int) Math.round(400_000 * StrictMath.pow((double) width * height / (256 * 256), 0.6));
  }

  /**
   * The profile of the stream in the form of RFC 6381, for example {@code avc1.42c01f}; known
   * before the first picture. Found out by opening an encoder, once for each kind of stream.
   */
  public static String profile(Settings settings) {
    String known = PROFILES.get(settings);
    if (known != null) {
      return known;
    }
    String profile = settings.codec() == VideoCodec.VP8 ? "vp8" : h264Profile(settings);
    if (PROFILES.size() < MOST_PROFILES) {
      PROFILES.put(settings, profile);
    }
    return profile;
  }

  private static String h264Profile(Settings settings) {
    try (VideoEncoder probe = new VideoEncoder(settings, AV_CODEC_FLAG_GLOBAL_HEADER)) {
      AVCodecContext context = probe.codec.context();
      byte[] parameterSets = new byte[context.extradata_size()];
      context.extradata().get(parameterSets);
      return AnnexB.profile(parameterSets)
          .orElseThrow(
              () ->
                  new MediaException("Video encoder libopenh264 gave no sequence parameter set."));
    }
  }

  /**
   * Encodes one picture.
   *
   * @param rgb holds the picture's tightly packed RGB rows
   * @param offset where in {@code rgb} they start
   * @param index position in the stream, in pictures; above the one before
   * @param keyFrame true to make it a key frame
   */
  public EncodedPacket encode(byte[] rgb, int offset, long index, boolean keyFrame) {
    AVFrame frame = codec.writableFrame("a picture");
    scaler.scale(rgb, offset, frame);
    frame.pts(index);
    frame.pict_type(keyFrame ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE);
    return codec.encode(() -> "Picture %d cannot be encoded".formatted(index));
  }

  /** The settings that the encoder was opened with. */
  public Settings settings() {
    return settings;
  }

  /** Frees everything native; calling it again does nothing. */
  @Override
  public void close() {
    codec.close();
    scaler.close();
  }
}
