package io.avatarflow.jobs.bench;

import io.avatarflow.schemas.CloseMark;
import io.avatarflow.schemas.CloseReason;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.FlushMark;
import io.avatarflow.schemas.FrameFlags;
import io.avatarflow.schemas.FrameTrace;
import io.avatarflow.schemas.OpenMark;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.SkippedMark;
import io.avatarflow.schemas.StreamMark;
import io.avatarflow.schemas.Track;
import io.avatarflow.schemas.VideoCodec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The records of one session as the engine writes them: blocks of two pictures, and the packets of
 * 20 ms that are complete by their end.
 */
final class SoakStream {
  static final String KEY = "bench/soak-0";
  static final int FRAMES_PER_BLOCK = 2;
  private static final int RATE = 16_000;
  private static final int PACKET_SAMPLES = RATE / 50;

  private final int fps;
  private final List<SessionOutput> records = new ArrayList<>();
  private long block;
  private long epoch;

  SoakStream(int fps) {
    this.fps = fps;
    mark(
        OpenMark.newBuilder()
            .setCodec(VideoCodec.H264)
            .setProfile("avc1.42c01f")
            .setWidth(64)
            .setHeight(64)
            .setFpsNumerator(fps)
            .setFramesPerBlock(FRAMES_PER_BLOCK)
            .setMediaSampleRate(RATE)
            .setPackName("probe")
            .setPackDigest("00")
            .setSeed(1)
            .build());
  }

  /** The next so many blocks. */
  SoakStream blocks(int count) {
    for (int i = 0; i < count; i++) {
      for (int picture = 0; picture < FRAMES_PER_BLOCK; picture++) {
        add(video(block * FRAMES_PER_BLOCK + picture));
      }
      for (long packet = packetsBefore(block); packet < packetsBefore(block + 1); packet++) {
        add(audio(packet, packet * PACKET_SAMPLES, PACKET_SAMPLES));
      }
      block++;
    }
    return this;
  }

  /** Leaves blocks out and says so. */
  SoakStream skip(int count) {
    mark(new SkippedMark(block, block + count));
    block += count;
    return this;
  }

  /** An interrupt that holds the next blocks back. */
  SoakStream flush(int heldBack) {
    mark(new FlushMark(++epoch));
    block += heldBack;
    return this;
  }

  /** The packet that ends the track, which presents nothing, and CLOSE. */
  SoakStream close(CloseReason reason) {
    long packets = packetsBefore(block);
    block--;
    add(audio(packets, packets * PACKET_SAMPLES, 0));
    block++;
    mark(new CloseMark(reason, null, block * FRAMES_PER_BLOCK, packets + 1));
    return this;
  }

  List<SessionOutput> records() {
    return records;
  }

  private int blockSamples() {
    return RATE / fps * FRAMES_PER_BLOCK;
  }

  private long packetsBefore(long ofBlock) {
    return ofBlock * blockSamples() / PACKET_SAMPLES;
  }

  private EncodedFrame video(long index) {
    long first = index * RATE / fps;
    return frame(Track.VIDEO, index, index * 90_000 / fps, 90_000 / fps, first, RATE / fps);
  }

  private EncodedFrame audio(long index, long first, int count) {
    return frame(Track.AUDIO, index, index * 960, 960, first, count);
  }

  private EncodedFrame frame(
      Track track, long index, long pts, int duration, long first, int count) {
    return EncodedFrame.newBuilder()
        .setTrack(track)
        .setIndex(index)
        .setPts(pts)
        .setDuration(duration)
        .setKeyFrame(true)
        .setPayload(ByteBuffer.wrap(new byte[] {1}))
        .setAudioFirstSample(first)
        .setAudioSampleCount(count)
        .setFlags(FrameFlags.newBuilder().build())
        .setBlock(block)
        .setTrace(FrameTrace.newBuilder().build())
        .build();
  }

  private void mark(Object body) {
    add(new StreamMark(body));
  }

  private void add(Object body) {
    records.add(new SessionOutput(KEY, epoch, 0, body));
  }
}
