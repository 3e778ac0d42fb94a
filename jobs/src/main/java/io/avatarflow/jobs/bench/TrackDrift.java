package io.avatarflow.jobs.bench;

import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.OpenMark;
import io.avatarflow.schemas.Track;

/**
 * How far the sound and the pictures of one session are apart on the media clock.
 *
 * <p>Both are counted on their own by the engine: pictures by the index of their block, sound by
 * its packets. Where a block is complete, its last packet must end where its last picture does, or
 * at the last end of a packet before that in packs whose blocks are no whole number of packets. A
 * packet that only ends the track is no part of that. Every presentation time must also be that of
 * the frame's first sample. One thread.
 */
final class TrackDrift {
  private static final long VIDEO_TICKS = 90_000;

  private int framesPerBlock;
  private int mediaRate;
  private int audioRate;
  private long block = -1;
  private int pictures;
  private long picturesEnd;
  private long packetTicks;
  private long soundEnd;
  private long worst;

  /** What the session's frames are counted in. */
  void open(OpenMark mark) {
    framesPerBlock = mark.getFramesPerBlock();
    mediaRate = mark.getMediaSampleRate();
    audioRate = mark.getAudioSampleRate();
  }

  /** The next frame that a viewer takes. */
  void frame(EncodedFrame frame) {
    if (frame.getBlock() != block) {
      complete();
      block = frame.getBlock();
      pictures = 0;
      packetTicks = 0;
    }
    boolean video = frame.getTrack() == Track.VIDEO;
    long first = frame.getAudioFirstSample();
    long ticks = video ? VIDEO_TICKS : audioRate;
    note(frame.getPts() * mediaRate / ticks - first);
    long end = first + frame.getAudioSampleCount();
    if (video) {
      pictures++;
      picturesEnd = end;
    } else if (frame.getAudioSampleCount() >= (long) frame.getDuration() * mediaRate / ticks) {
      packetTicks = frame.getDuration();
      soundEnd = end;
    }
  }

  /** Nothing more comes of the block. */
  void complete() {
    if (pictures == framesPerBlock && packetTicks > 0) {
      long packets = picturesEnd * audioRate / mediaRate / packetTicks;
      note(soundEnd - packets * packetTicks * mediaRate / audioRate);
    }
    pictures = 0;
  }

  private void note(long samples) {
    worst = Math.max(worst, Math.abs(samples));
  }

  /** The largest distance so far, samples at the media rate. */
  long worstSamples() {
    return worst;
  }
}
