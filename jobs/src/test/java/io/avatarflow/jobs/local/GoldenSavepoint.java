package io.avatarflow.jobs.local;

import io.avatarflow.schemas.SessionKey;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Makes a savepoint with sessions in their middle, for {@link SavepointEvolutionITCase} to keep:
 * {@code GoldenSavepoint FOLDER}, for example {@code jobs/src/test/resources/golden/savepoints/2}.
 */
final class GoldenSavepoint {
  /** First part of the keys of the sessions. */
  static final String RUN = "golden";

  /** How many sessions there are. */
  static final int SESSIONS = 3;

  private GoldenSavepoint() {}

  public static void main(String[] arguments) throws Exception {
    Path target = Path.of(arguments[0]);
    Path work = Files.createTempDirectory("golden-savepoint-");
    List<SessionKey> keys = MiniCell.keys(RUN, SESSIONS);
    try (MiniCell cell = new MiniCell(work)) {
      cell.submit();
      cell.open(keys);
      cell.speak(keys, 0);
      cell.watch(() -> keys.stream().allMatch(key -> cell.pictures(key) >= 40));
      Path parent = Files.createDirectories(target.toAbsolutePath().getParent());
      Files.move(Path.of(URI.create(cell.stopWithSavepoint(parent))), target.toAbsolutePath());
    } finally {
      Folders.delete(work);
    }
  }
}
