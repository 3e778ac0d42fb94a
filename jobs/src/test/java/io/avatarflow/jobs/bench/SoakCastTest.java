package io.avatarflow.jobs.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.operators.pack.ModelPack;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The load of a soak without a broker and without waiting: each speaker is asked when it is due.
 */
class SoakCastTest {
  private static ModelPack pack;
  private static BenchSessions sessions;

  /** A session that was announced. */
  private record Expected(String key, long openMicros, long closeMicros) {
    private Duration life() {
      return Duration.ofNanos(1000 * (closeMicros - openMicros));
    }
  }

  private final List<Expected> expected = new ArrayList<>();
  private final Set<String> open = new HashSet<>();
  private int mostOpen;

  @BeforeAll
  static void load() throws IOException {
    pack = ModelPack.load("probe");
    sessions = new BenchSessions(pack, BundledSpeech.load());
  }

  @AfterAll
  static void close() {
    pack.close();
  }

  /** Plays a load and returns when it ended, seconds behind its start. */
  private double play(SoakLoad load) {
    long start = System.nanoTime();
    SoakCast cast =
        new SoakCast(
            sessions,
            load,
            "soak",
            start,
            (key, opens, closes) -> expected.add(new Expected(key.toString(), opens, closes)));
    PriorityQueue<LiveSpeaker> speakers = new PriorityQueue<>(cast.first());
    long now = start;
    while (!speakers.isEmpty()) {
      LiveSpeaker next = speakers.poll();
      assertThat(next.dueNanos()).isGreaterThanOrEqualTo(now);
      now = next.dueNanos();
      next.next();
      open.add(next.key().toString());
      mostOpen = Math.max(mostOpen, open.size());
      if (next.isClosed()) {
        open.remove(next.key().toString());
        Optional<LiveSpeaker> follower = cast.follow(next);
        follower.ifPresent(speakers::add);
      } else {
        speakers.add(next);
      }
    }
    return (now - start) / 1e9;
  }

  @Test
  void halfOfTheSessionsStayAndOthersFollowEachOtherForTheWholeRun() {
    SoakLoad load = SoakLoad.of("probe", 8, 5);
    double seconds = play(load);
    assertThat(seconds).isBetween(300.0, 302.0);
    assertThat(open).isEmpty();
    assertThat(mostOpen).isEqualTo(8);
    assertThat(expected).extracting(Expected::key).doesNotHaveDuplicates();
    assertThat(expected.subList(0, 4))
        .allSatisfy(session -> assertThat(session.life()).isGreaterThan(Duration.ofSeconds(299)));
    assertThat(expected.subList(4, expected.size()))
        .hasSizeBetween(4 * 300 / 62, 4 * 300 / 20)
        .allSatisfy(
            session ->
                assertThat(session.life())
                    .isBetween(Duration.ofSeconds(20), Duration.ofSeconds(61)));
  }

  @Test
  void livesOfAllLengthsComeUp() {
    play(SoakLoad.of("probe", 2, 60));
    List<Duration> lives = expected.stream().skip(1).map(Expected::life).sorted().toList();
    assertThat(lives.get(0)).isLessThan(Duration.ofSeconds(25));
    assertThat(lives.get(lives.size() - 1)).isGreaterThan(Duration.ofSeconds(55));
  }

  @Test
  void aSingleSessionStays() {
    play(SoakLoad.of("probe", 1, 1));
    assertThat(expected).hasSize(1);
  }
}
