package io.avatarflow.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SessionPlacementTest {
  private static final int KEY_GROUPS = 60;
  private static final int SUBTASKS = 8;
  private static final long SECOND = 1_000_000;

  private final SessionPlacement placement =
      new SessionPlacement(KEY_GROUPS, SUBTASKS, new Random(7));

  private static int subtask(SessionKey key) {
    return SessionPlacement.subtask(key.toString(), KEY_GROUPS, SUBTASKS);
  }

  @Test
  void keysLieWhereSeatsAreFreeUntilNoneIs() {
    int[] free = {0, 3, 0, 5, 1, 0, 0, 2};
    for (int i = 0; i < SUBTASKS; i++) {
      placement.seats(i, "process-" + i, free[i], SECOND);
    }
    Set<SessionKey> keys = new HashSet<>();
    for (int i = 0; i < 11; i++) {
      SessionKey key = placement.mint("acme", SECOND).orElseThrow();
      assertThat(key.tenant()).isEqualTo("acme");
      assertThat(--free[subtask(key)]).isNotNegative();
      keys.add(key);
    }
    assertThat(keys).hasSize(11);
    assertThat(placement.mint("acme", SECOND)).isEmpty();
    assertThat(placement.free()).isZero();
  }

  @Test
  void subtasksOfOneProcessShareItsSeats() {
    placement.seats(0, "process", 1, SECOND);
    placement.seats(1, "process", 1, SECOND);
    assertThat(placement.mint("acme", SECOND).map(SessionPlacementTest::subtask)).isPresent();
    assertThat(placement.mint("acme", SECOND)).isEmpty();
  }

  @Test
  void aYoungReportMayNotKnowOfAKeyThatWasJustMinted() {
    placement.seats(0, "process", 1, SECOND);
    assertThat(placement.mint("acme", 2 * SECOND)).isPresent();
    placement.seats(0, "process", 1, 3 * SECOND);
    assertThat(placement.mint("acme", 3 * SECOND)).isEmpty();
    placement.seats(0, "process", 1, 5 * SECOND);
    assertThat(placement.mint("acme", 5 * SECOND)).isPresent();
  }

  @Test
  void aProcessThatHasGoneSilentGetsNobody() {
    placement.seats(0, "process", 9, SECOND);
    assertThat(placement.mint("acme", 40 * SECOND)).isEmpty();
    placement.seats(0, "process-after-a-restart", 2, 40 * SECOND);
    assertThat(placement.mint("acme", 40 * SECOND)).isPresent();
    assertThat(placement.free()).isEqualTo(1);
  }

  @Test
  void aReportThatWasOvertakenChangesNothing() {
    placement.seats(0, "process", 0, 5 * SECOND);
    placement.seats(0, "process", 9, 4 * SECOND);
    assertThat(placement.mint("acme", 5 * SECOND)).isEmpty();
    placement.seats(SUBTASKS, "nowhere", 9, 5 * SECOND);
    assertThat(placement.free()).isZero();
  }

  @Test
  void aParallelismBeyondTheKeyGroupsIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new SessionPlacement(4, 5, new Random()))
        .withMessageContaining("Parallelism 5 with max parallelism 4");
  }
}
