package io.avatarflow.operators.host;

import io.avatarflow.operators.stage.SessionInfo;
import java.util.Optional;

/**
 * What an operator knows of a session besides the states of its stages; checkpointed.
 *
 * @param info the session's constants, once a Start came by
 * @param epoch frames of an epoch below this are not emitted
 * @param attempt how often the session was restored
 * @param broken how many leading stages no longer serve the session because one of them failed;
 *     what still arrives there is dropped
 */
record SessionHeader(Optional<SessionInfo> info, long epoch, int attempt, int broken) {
  /** A session of which nothing is known. */
  static final SessionHeader UNKNOWN = new SessionHeader(Optional.empty(), 0, 0, 0);

  SessionHeader withInfo(SessionInfo newInfo) {
    return new SessionHeader(Optional.of(newInfo), epoch, attempt, broken);
  }

  SessionHeader withEpoch(long newEpoch) {
    return new SessionHeader(info, newEpoch, attempt, broken);
  }

  SessionHeader withAttempt(int newAttempt) {
    return new SessionHeader(info, epoch, newAttempt, broken);
  }

  SessionHeader withBroken(int newBroken) {
    return new SessionHeader(info, epoch, attempt, newBroken);
  }

  /** What stays of a failed session until its End comes from upstream. */
  SessionHeader tombstone() {
    return new SessionHeader(Optional.empty(), epoch, attempt, broken);
  }
}
