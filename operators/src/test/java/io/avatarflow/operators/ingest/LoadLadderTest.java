package io.avatarflow.operators.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.avatarflow.operators.pack.Ladder;
import io.avatarflow.operators.pack.PackContents;
import io.avatarflow.operators.pack.PackManifest;
import io.avatarflow.operators.pack.PackSource;
import io.avatarflow.operators.stage.BlockParameters;
import io.avatarflow.operators.stage.DeviceLoad;
import io.avatarflow.operators.stage.MediaBlock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class LoadLadderTest {
  private static final long MS = 1000;
  private static final long DEADLINE = 280 * MS;
  private static final int SESSIONS = 10;
  private static final int HOLD = 3;

  private final DeviceLoad load = DeviceLoad.of(UUID.randomUUID().toString());
  private final LoadLadder ladder =
      new LoadLadder(new Ladder(probe()), load, LadderOptions.DEFAULT, IdleRest.DEFAULT);
  private long now = 1_000_000_000_000L;

  private static PackManifest probe() {
    try (PackContents contents = PackContents.open(PackSource.of("probe"))) {
      return contents.manifest();
    }
  }

  private QualityLadder.Ask ask(int session, long deadline) {
    return new QualityLadder.Ask("acme/" + session, 0, now, deadline, null, false, 0, 0);
  }

  /** Lets sessions release a block every 80 ms, each finished with that much time left. */
  private List<Integer> run(Duration time, long slackMicros) {
    List<Integer> levels = new ArrayList<>();
    long until = now + time.toMillis() * MS;
    while (now < until) {
      for (int i = 0; i < SESSIONS; i++) {
        levels.add(ladder.rung(ask(i, now + DEADLINE)));
      }
      for (int i = 0; i < SESSIONS; i++) {
        load.finished("acme/" + i, now + DEADLINE, now + DEADLINE - slackMicros);
      }
      now += 80 * MS;
    }
    return levels;
  }

  private static long changes(List<Integer> levels) {
    long changes = 0;
    for (int i = 1; i < levels.size(); i++) {
      changes += levels.get(i).equals(levels.get(i - 1)) ? 0 : 1;
    }
    return changes;
  }

  @Test
  void withTimeToSpareQualityIsFull() {
    assertThat(run(Duration.ofSeconds(20), 150 * MS)).containsOnly(0);
  }

  @Test
  void underOverloadQualityGoesDownRungByRung() {
    List<Integer> levels = run(Duration.ofSeconds(2), 10 * MS);
    assertThat(levels).isSorted().startsWith(0).contains(1, 2, 3);
  }

  @Test
  void betweenTheThresholdsQualityStays() {
    run(Duration.ofMillis(800), 10 * MS);
    int level = ladder.level();
    assertThat(level).isBetween(1, 2);
    now += 2000 * MS;
    assertThat(run(Duration.ofSeconds(17), 100 * MS)).containsOnly(level);
  }

  @Test
  void aDeviceThatIsFullButCarriesFullQualityGetsItBack() {
    run(Duration.ofMillis(1500), 10 * MS);
    assertThat(ladder.level()).isPositive();

    List<Integer> levels = run(Duration.ofMinutes(3), 100 * MS);

    assertThat(levels).endsWith(0);
    assertThat(changes(levels)).isLessThan(6);
  }

  @Test
  void aStepUpThatIsOnlyTriedIsTriedEverMoreRarely() {
    List<Integer> levels = new ArrayList<>();
    for (int i = 0; i < 15_000; i++) {
      // Full quality is too much for the device, one rung below just fits.
      levels.addAll(run(Duration.ofMillis(80), ladder.level() == 0 ? 10 * MS : 100 * MS));
    }
    assertThat(changes(levels)).isBetween(4L, 24L);
    assertThat(levels.stream().filter(level -> level == 0).count()).isLessThan(levels.size() / 50);
  }

  @Test
  void qualityComesBackOnlyAfterTheRecoveryTime() {
    run(Duration.ofMillis(800), 10 * MS);
    int level = ladder.level();
    now += 2000 * MS;
    assertThat(run(Duration.ofMillis(4500), 150 * MS)).containsOnly(level);
    assertThat(run(Duration.ofSeconds(30), 150 * MS)).endsWith(0);
  }

  @Test
  void aLoadBetweenTwoRungsDoesNotSwing() {
    List<Integer> levels = new ArrayList<>();
    for (int i = 0; i < 7500; i++) {
      // Full quality is too much for the device, one rung below leaves it plenty of time.
      levels.addAll(run(Duration.ofMillis(80), ladder.level() == 0 ? 10 * MS : 150 * MS));
    }
    assertThat(changes(levels)).isLessThan(40);
    assertThat(levels.stream().filter(level -> level == 0).count()).isLessThan(levels.size() / 10);
  }

  @Test
  void aStillIsLeftSoon() {
    while (ladder.level() < HOLD) {
      run(Duration.ofMillis(80), 10 * MS);
    }
    now += 2000 * MS;
    assertThat(run(Duration.ofSeconds(1), 100 * MS)).contains(HOLD - 1);
  }

  @Test
  void aBlockThatWaitsBeyondItsDeadlineIsOverloadThoughNothingIsFinished() {
    ladder.rung(ask(0, now + DEADLINE));
    now += 500 * MS;
    assertThat(ladder.rung(ask(0, now + DEADLINE))).isEqualTo(1);
  }

  @Test
  void blocksWithoutADeadlineAreMadeInFull() {
    run(Duration.ofSeconds(2), 10 * MS);
    assertThat(ladder.rung(ask(0, MediaBlock.NO_DEADLINE))).isZero();
  }

  private int idleRung(long silentMillis, String policy) {
    BlockParameters parameters =
        new BlockParameters(
            2, "ddim", 2, "ddpm", "cosine", 1, 1, 0.7f, 0, 0, 0, policy, 0, List.of());
    return ladder.rung(
        new QualityLadder.Ask(
            "acme/idle", 100, now, now + DEADLINE, parameters, true, silentMillis * MS, 0));
  }

  @Test
  void whoIsSilentRestsButForBurstsOfMovement() {
    int resting = new Ladder(probe()).resting();
    List<Integer> rungs = new ArrayList<>();
    for (int millis = 0; millis < 60_000; millis += 80) {
      rungs.add(idleRung(millis, "ANIMATE"));
      load.finished("acme/idle", now + DEADLINE, now);
      now += 80 * MS;
    }
    assertThat(rungs).containsOnly(0, resting);
    assertThat(rungs.subList(0, 16)).containsOnly(0);
    long moving = rungs.stream().filter(rung -> rung == 0).count();
    assertThat((double) moving / rungs.size()).isBetween(0.12, 0.18);
    assertThat(changes(rungs)).isGreaterThan(20);
  }

  @Test
  void whoAsksForAnotherIdlePolicyIsNotSentToRest() {
    assertThat(idleRung(3_000, "ANIMATE")).isPositive();
    assertThat(idleRung(3_000, "HOLD")).isZero();
    assertThat(idleRung(3_000, "PAUSE")).isZero();
  }

  @Test
  void aDeviceOfWhoseBlocksMostAreLateIsSwamped() {
    for (int i = 0; i < 20; i++) {
      ladder.rung(ask(i, now + DEADLINE));
    }
    assertThat(ladder.isSwamped(now + DEADLINE / 2)).isFalse();
    assertThat(ladder.isSwamped(now + 2 * DEADLINE)).isTrue();
    for (int i = 0; i < 20; i++) {
      load.finished("acme/" + i, now + DEADLINE, now + 2 * DEADLINE);
    }
    assertThat(ladder.isSwamped(now + 3 * DEADLINE)).isFalse();
  }

  @Test
  void blocksOfASessionThatFailedAreNoLoad() {
    for (int i = 0; i < 20; i++) {
      load.released("acme/failed", now + i);
    }
    load.released("acme/well", now + DEADLINE);
    load.forget("acme/failed");
    assertThat(load.view(now + 100, 0).leastSlackMicros()).isEqualTo(DEADLINE - 100);
    assertThat(load.view(now + 100, 0).waiting()).isEqualTo(1);
  }

  @Test
  void aBlockThatNobodyFinishesIsForgotten() {
    load.released("acme/0", now);
    assertThat(load.view(now + 1, 0).leastSlackMicros()).isEqualTo(-1);
    assertThat(load.view(now + 11_000 * MS, 0).leastSlackMicros()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void thresholdsWithoutAGapAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new LadderOptions(
                    true, Duration.ofMillis(50), Duration.ofMillis(50), Duration.ofSeconds(1)))
        .withMessageContaining("more than for the way down");
  }
}
