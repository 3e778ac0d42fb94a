package io.avatarflow.jobs.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.jobs.inspect.SavepointSession;
import io.avatarflow.schemas.SessionKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Savepoints of earlier builds, kept in {@code golden/savepoints}: sessions in them go on in this
 * build.
 *
 * <p>Each was made by {@link GoldenSavepoint} when the format of a state changed; none is ever
 * replaced.
 */
class SavepointEvolutionITCase {
  private static final Path GOLDEN = Path.of("src/test/resources/golden/savepoints");

  @TempDir Path folder;

  @Test
  void sessionsOfEverySavepointAreListed() throws Exception {
    for (Path savepoint : savepoints()) {
      List<SavepointSession> sessions = SavepointSession.read(savepoint.toString());

      assertThat(sessions).as("%s", savepoint).hasSize(GoldenSavepoint.SESSIONS);
      for (SavepointSession session : sessions) {
        assertThat(session.session()).startsWith(GoldenSavepoint.RUN + "/s");
        assertThat(session.pack()).isEqualTo("probe");
        assertThat(session.nextBlock()).isBetween(15L, 25L);
        assertThat(session.ageSeconds()).isNotNegative();
        assertThat(session.stateBytes()).containsKeys("ingest", "motion", "denoise", "encode");
        assertThat(session.totalBytes()).isBetween(1_000, 256 * 1024);
      }
    }
  }

  @Test
  void sessionsOfEverySavepointGoOn() throws Exception {
    for (Path savepoint : savepoints()) {
      List<SessionKey> keys = MiniCell.keys(GoldenSavepoint.RUN, GoldenSavepoint.SESSIONS);
      try (MiniCell cell =
          new MiniCell(Files.createDirectory(folder.resolve(savepoint.getFileName())))) {
        // The topic has to reach to where the savepoint's readers stood; this is not read again.
        cell.open(keys);
        cell.speak(keys, 0);
        cell.submit(
            "--flink.execution.state-recovery.path", savepoint.toAbsolutePath().toUri().toString());
        cell.speak(keys, MiniCell.HALF_SAMPLES);
        cell.drain(keys);
        cell.watch(() -> cell.closed(keys));

        for (SessionKey key : keys) {
          // Four seconds were said, the savepoint was taken when less than two were shown.
          assertThat(cell.shown(key))
              .as("%s of %s", key, savepoint)
              .containsKeys("VIDEO 50", "VIDEO 99");
          assertThat(cell.missing(key)).as("%s of %s", key, savepoint).isZero();
          assertThat(cell.restored()).contains(key.toString());
        }
      }
    }
  }

  private static List<Path> savepoints() throws IOException {
    try (Stream<Path> folders = Files.list(GOLDEN)) {
      List<Path> savepoints = folders.sorted().toList();
      assertThat(savepoints).isNotEmpty();
      return savepoints;
    }
  }
}
