package io.avatarflow.jobs.client;

import io.avatarflow.schemas.BundledIdentity;
import io.avatarflow.schemas.PackReference;
import io.avatarflow.schemas.SessionOpen;
import io.avatarflow.schemas.SessionParameters;
import io.avatarflow.schemas.SessionSource;
import io.avatarflow.schemas.VideoSettings;

/** Opens sessions that leave everything to the pack but whom they show. */
public final class BundledOpen {
  private BundledOpen() {}

  /**
   * The first record of such a session.
   *
   * @param pack the pack's name
   * @param digest the pack's digest, hexadecimal
   * @param identity one that the pack bundles
   */
  public static SessionOpen of(
      String pack, String digest, String identity, long seed, SessionSource source) {
    return SessionOpen.newBuilder()
        .setPack(PackReference.newBuilder().setName(pack).setDigest(digest).build())
        .setIdentity(BundledIdentity.newBuilder().setName(identity).build())
        .setSeed(seed)
        .setVideo(VideoSettings.newBuilder().build())
        .setParameters(SessionParameters.newBuilder().build())
        .setSource(source)
        .build();
  }
}
