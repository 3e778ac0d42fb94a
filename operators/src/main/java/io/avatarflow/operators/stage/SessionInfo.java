package io.avatarflow.operators.stage;

import java.util.Arrays;

/**
 * What is constant for the life of a session.
 *
 * @param sessionKey {@code tenant/session}
 * @param packName the model pack
 * @param packDigest SHA-256 of the pack, hexadecimal
 * @param seed the session's seed
 * @param video the video track's settings
 * @param recorded true for a RECORDED source, false for LIVE
 * @param identityPng the aligned crop at the pack's identity size, as PNG, at most 128 KiB
 * @param traceparent the trace that the session was opened in, empty for none; frames carry it
 */
public record SessionInfo(
    String sessionKey,
    String packName,
    String packDigest,
    long seed,
    VideoSettings video,
    boolean recorded,
    byte[] identityPng,
    String traceparent) {

  /** A session that was opened in no trace. */
  public SessionInfo(
      String sessionKey,
      String packName,
      String packDigest,
      long seed,
      VideoSettings video,
      boolean recorded,
      byte[] identityPng) {
    this(sessionKey, packName, packDigest, seed, video, recorded, identityPng, "");
  }

  /** The same session in a trace. */
  public SessionInfo inTrace(String parent) {
    return new SessionInfo(
        sessionKey, packName, packDigest, seed, video, recorded, identityPng, parent);
  }

  /**
   * The video track's settings.
   *
   * @param width pixels, even, {@link #MIN_SIDE} to {@link #MAX_SIDE}
   * @param height as the width
   * @param codec {@code H264} or {@code VP8}
   * @param bitrate bits per second
   */
  public record VideoSettings(int width, int height, String codec, int bitrate) {
    /** Smallest width and height that a session may ask for, and that is encoded. */
    public static final int MIN_SIDE = 64;

    /** Largest width and height that a session may ask for, and that is encoded. */
    public static final int MAX_SIDE = 1920;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SessionInfo s
        && s.sessionKey.equals(sessionKey)
        && s.packName.equals(packName)
        && s.packDigest.equals(packDigest)
        && s.seed == seed
        && s.video.equals(video)
        && s.recorded == recorded
        && Arrays.equals(s.identityPng, identityPng)
        && s.traceparent.equals(traceparent);
  }

  @Override
  public int hashCode() {
    return sessionKey.hashCode();
  }

  @Override
  public String toString() {
    return "SessionInfo[" + sessionKey + ", pack " + packName + ", seed " + seed + "]";
  }
}
