package io.avatarflow.operators.ingest;

import io.avatarflow.operators.pack.PackManifest;
import io.avatarflow.operators.stage.IdentityException;
import io.avatarflow.operators.stage.IdentitySource;
import io.avatarflow.operators.stage.SessionInfo;
import io.avatarflow.schemas.PackReference;
import io.avatarflow.schemas.SessionOpen;
import io.avatarflow.schemas.SessionSource;
import io.avatarflow.schemas.VideoCodec;
import io.avatarflow.schemas.VideoSettings;

/**
 * Decides whether a session may open, and as what. Safe for use by several threads.
 *
 * @param manifest the pack that this job serves
 * @param packDigest its SHA-256, hexadecimal
 * @param rules the parameters that it takes
 * @param identities where identities come from
 */
record SessionOpening(
    PackManifest manifest, String packDigest, ParameterRules rules, IdentitySource identities) {
  private static final int MIN_SIDE = SessionInfo.VideoSettings.MIN_SIDE;
  private static final int MAX_SIDE = SessionInfo.VideoSettings.MAX_SIDE;
  private static final int MAX_IDENTITY_BYTES = 128 << 10;

  /** Bits that a pixel of a talking head is given when the session does not say. */
  private static final double DEFAULT_BITS_PER_PIXEL = 0.25;

  /** An accepted session. */
  record Opened(SessionInfo info, ParameterTrack parameters) {}

  /** Accepts a session or says in one sentence why not. */
  Opened open(String sessionKey, SessionOpen open) throws RejectedInputException {
    checkPack(open.getPack());
    SessionInfo.VideoSettings video = video(open.getVideo());
    ParameterTrack parameters = rules.open(open.getParameters());
    SessionInfo info =
        new SessionInfo(
            sessionKey,
            manifest.name(),
            packDigest,
            open.getSeed(),
            video,
            open.getSource() == SessionSource.RECORDED,
            identity(open));
    return new Opened(info, parameters);
  }

  private void checkPack(PackReference asked) throws RejectedInputException {
    if (!asked.getName().equals(manifest.name())) {
      throw new RejectedInputException(
          "unknown-pack",
          "Pack \"%s\" is not served here; ask for \"%s\"."
              .formatted(asked.getName(), manifest.name()));
    }
    if (asked.getDigest() != null && !asked.getDigest().equals(packDigest)) {
      throw new RejectedInputException(
          "other-pack-digest",
          "Pack \"%s\" has digest %s here, not %s; ask for this one, or for none."
              .formatted(manifest.name(), packDigest, asked.getDigest()));
    }
  }

  private SessionInfo.VideoSettings video(VideoSettings asked) throws RejectedInputException {
    int width = side("width", asked.getWidth(), manifest.picture().width());
    int height = side("height", asked.getHeight(), manifest.picture().height());
    if (asked.getCodec() == VideoCodec.UNKNOWN) {
      throw badVideo("Video codec is not known; ask for H264 or VP8.");
    }
    int bitrate =
        asked.getBitrate() == null
            ? (int)
                Math.min(
                    VideoBitrate.MAX,
                    (double) width * height * manifest.clock().fps() * DEFAULT_BITS_PER_PIXEL)
            : VideoBitrate.check(asked.getBitrate());
    return new SessionInfo.VideoSettings(width, height, asked.getCodec().name(), bitrate);
  }

  private static int side(String name, Integer asked, int pack) throws RejectedInputException {
    int side = asked == null ? pack : asked;
    if (side < MIN_SIDE || side > MAX_SIDE || side % 2 != 0) {
      throw badVideo(
          "Video %s %d is not an even number in %d to %d, which is what the encoder takes; ask for one that is."
              .formatted(name, side, MIN_SIDE, MAX_SIDE));
    }
    return side;
  }

  private static RejectedInputException badVideo(String sentence) {
    return new RejectedInputException("bad-video", sentence);
  }

  private byte[] identity(SessionOpen open) throws RejectedInputException {
    byte[] png;
    try {
      png = identities.framedPng(open);
    } catch (IdentityException e) {
      throw new RejectedInputException("bad-identity", e.getMessage());
    }
    if (png.length > MAX_IDENTITY_BYTES) {
      throw new RejectedInputException(
          "bad-identity",
          "The framed identity takes %d bytes as PNG, the limit is %d; use a picture with less noise."
              .formatted(png.length, MAX_IDENTITY_BYTES));
    }
    return png;
  }
}
