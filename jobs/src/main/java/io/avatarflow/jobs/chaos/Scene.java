package io.avatarflow.jobs.chaos;

import io.avatarflow.jobs.chaos.LocalCell.Layout;
import io.avatarflow.jobs.client.SessionWriter;
import io.avatarflow.schemas.SessionKey;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What a {@link ChaosCase} finds when it strikes.
 *
 * @param script what drives cells of this build
 * @param victim the task manager that is to suffer
 * @param relay the wire between job and broker, where the case asks for one
 */
record Scene(
    Path script,
    LocalCell cell,
    Layout layout,
    String victim,
    SessionWriter writer,
    Viewers viewers,
    List<SessionKey> keys,
    Optional<Relay> relay) {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** Two seconds of pictures. */
  static final long PROGRESS_FRAMES = 50;

  /** Waits until every session was shown two seconds more than any was by now. */
  void awaitProgress() throws IOException, InterruptedException {
    long goal = viewers.furthest(keys) + PROGRESS_FRAMES;
    viewers.await("new pictures", keys, PATIENCE, seen -> seen.frames() >= goal);
  }
}
