package io.avatarflow.operators.codec;

import io.avatarflow.schemas.VideoCodec;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** What the encode stage does for one picture of 256 x 256 and for one packet of 20 ms. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class EncodeBenchmark {
  private static final int SIDE = 256;
  private static final int PICTURES = 8;

  /** The codec of the video. */
  @Param({"H264", "VP8"})
  public String codec;

  private final byte[][] pictures = new byte[PICTURES][];
  private final short[] sound = TestSpeech.samples(48_000, PICTURES * OpusEncoder.PACKET_SAMPLES);
  private VideoEncoder video;
  private OpusEncoder opus;
  private long index;

  @Setup
  public void open() {
    for (int i = 0; i < PICTURES; i++) {
      pictures[i] = TestPictures.frame(SIDE, SIDE, i);
    }
    video =
        new VideoEncoder(
            new VideoEncoder.Settings(VideoCodec.valueOf(codec), SIDE, SIDE, SIDE, SIDE, 25, 0));
    opus = new OpusEncoder();
  }

  @TearDown
  public void close() {
    video.close();
    opus.close();
  }

  @Benchmark
  public EncodedPacket encodePicture() {
    long next = index++;
    return video.encode(pictures[(int) (next % PICTURES)], 0, next, false);
  }

  /** What a session pays that begins, or goes on in another process. */
  @Benchmark
  public EncodedPacket openStream() {
    try (VideoEncoder stream = new VideoEncoder(video.settings())) {
      return stream.encode(pictures[0], 0, 0, true);
    }
  }

  @Benchmark
  public byte[] encodePacket() {
    long next = index++;
    return opus.encode(sound, (int) (next % PICTURES) * OpusEncoder.PACKET_SAMPLES, next);
  }

  @Benchmark
  public long hashPicture() {
    byte[] picture = pictures[0];
    return PixelHash.of(picture, 0, picture.length);
  }
}
