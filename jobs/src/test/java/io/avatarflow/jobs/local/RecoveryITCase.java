package io.avatarflow.jobs.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.schemas.SessionKey;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Eight sessions whose workers go away while they talk. */
class RecoveryITCase {
  private static final int SESSIONS = 8;

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"keyed", "lanes"})
  void sessionsGoOnWithTheVeryPicturesOfAnUndisturbedRun(String topology) throws Exception {
    List<SessionKey> disturbed = MiniCell.keys("disturbed", SESSIONS);
    List<SessionKey> undisturbed = MiniCell.keys("undisturbed", SESSIONS);
    try (MiniCell cell = new MiniCell(folder)) {
      cell.submit("--topology", topology);
      cell.open(disturbed);
      cell.speak(disturbed, 0);
      cell.watch(() -> disturbed.stream().allMatch(key -> cell.pictures(key) >= 40));
      // What is restored has to hold sessions in their middle.
      int next = cell.checkpoints() + 2;
      cell.watch(() -> cell.checkpoints() >= next);

      cell.loseAWorker();
      cell.speak(disturbed, MiniCell.HALF_SAMPLES);
      cell.drain(disturbed);
      cell.watch(() -> cell.closed(disturbed));
      cell.open(undisturbed);
      cell.speak(undisturbed, 0);
      cell.speak(undisturbed, MiniCell.HALF_SAMPLES);
      cell.drain(undisturbed);
      cell.watch(() -> cell.closed(undisturbed));

      assertThat(cell.restored()).isNotEmpty().allMatch(key -> key.startsWith("disturbed/"));
      assertThat(cell.shownTwice()).isEmpty();
      for (int i = 0; i < SESSIONS; i++) {
        SessionKey key = disturbed.get(i);
        assertThat(cell.shown(key)).as("%s", key).isEqualTo(cell.shown(undisturbed.get(i)));
        assertThat(cell.missing(key)).as("%s", key).isZero();
      }
    }
  }
}
