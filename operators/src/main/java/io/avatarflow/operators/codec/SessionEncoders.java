package io.avatarflow.operators.codec;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The native encoders of one session: derived state, because an encoder's inside cannot be written
 * to a checkpoint.
 *
 * <p>One thread at a time, but {@link #askForKeyFrame} may be called by any.
 */
final class SessionEncoders implements AutoCloseable {
  private final AtomicBoolean keyFrameAsked = new AtomicBoolean();
  private VideoEncoder.Settings settings;
  private VideoEncoder video;
  private final OpusEncoder opus;
  private final int framesBetweenKeyFrames;
  private long lastKeyFrame = Long.MIN_VALUE / 2;
  private boolean videoResumes;
  private boolean audioResumes;

  /**
   * @param resumed true when the session encoded before with encoders that are lost
   */
  SessionEncoders(VideoEncoder.Settings settings, boolean resumed) {
    this.settings = settings;
    this.video = new VideoEncoder(settings);
    try {
      this.opus = new OpusEncoder();
    } catch (RuntimeException e) {
      video.close();
      throw e;
    }
    // Two a second by the media clock.
    this.framesBetweenKeyFrames = (settings.fps() + 1) / 2;
    this.videoResumes = resumed;
    this.audioResumes = resumed;
  }

  /** Makes the next picture a key frame, as soon as the last one is half a second of media away. */
  void askForKeyFrame() {
    keyFrameAsked.set(true);
  }

  /**
   * Aims at another bitrate from the next picture on. The encoder is a new one then, because the
   * codecs' libraries keep to the rate that they were opened with, so that picture is a key frame.
   *
   * @param bitrate bits per second
   */
  void aimAt(int bitrate) {
    if (bitrate != settings.bitrate()) {
      VideoEncoder.Settings changed = settings.withBitrate(bitrate);
      VideoEncoder next = new VideoEncoder(changed);
      video.close();
      video = next;
      settings = changed;
    }
  }

  EncodedPacket encodePicture(byte[] rgb, int offset, long index, boolean keyFrame) {
    boolean due =
        index - lastKeyFrame >= framesBetweenKeyFrames && keyFrameAsked.compareAndSet(true, false);
    EncodedPacket picture = video.encode(rgb, offset, index, keyFrame || due);
    if (picture.keyFrame()) {
      lastKeyFrame = index;
    }
    return picture;
  }

  byte[] encodePacket(PacketCutter.Packet packet) {
    return opus.encode(packet.samples(), 0, packet.index());
  }

  /** True once, for the first picture of encoders that took over. */
  boolean takeVideoResumes() {
    boolean resumes = videoResumes;
    videoResumes = false;
    return resumes;
  }

  /** True once, for the first packet of encoders that took over. */
  boolean takeAudioResumes() {
    boolean resumes = audioResumes;
    audioResumes = false;
    return resumes;
  }

  @Override
  public void close() {
    video.close();
    opus.close();
  }
}
