package io.avatarflow.operators.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class SeatPoolTest {
  private final AtomicLong nanos = new AtomicLong();
  private final SeatPool pool = SeatPool.of(3, Map.of("acme", 2), nanos::get);
  private final SeatPool.Share share = pool.share();

  @Test
  void aSessionTakesOneSeatHoweverOftenItAsks() {
    assertThat(share.admit("globex/a")).isEmpty();
    assertThat(share.admit("globex/a")).isEmpty();
    assertThat(pool.free()).isEqualTo(2);
    share.ended("globex/a");
    share.ended("globex/a");
    assertThat(pool.free()).isEqualTo(3);
  }

  @Test
  void withoutAFreeSeatASessionIsToldWhenToAskAgain() {
    List.of("a", "b", "c").forEach(name -> assertThat(share.admit("globex/" + name)).isEmpty());
    assertThat(share.admit("globex/d"))
        .hasValueSatisfying(
            refusal -> {
              assertThat(refusal.reason()).isEqualTo("no-seat");
              assertThat(refusal.detail()).contains("All 3 seats of this process are taken");
              assertThat(refusal.retryAfter())
                  .isBetween(Duration.ofMillis(500), Duration.ofSeconds(30));
            });
    assertThat(pool.refused()).isEqualTo(1);
    share.ended("globex/a");
    assertThat(share.admit("globex/d")).isEmpty();
  }

  @Test
  void theHintFollowsHowFastSeatsBecomeFree() {
    for (int i = 0; i < 4; i++) {
      share.admit("globex/" + i);
      nanos.addAndGet(Duration.ofSeconds(2).toNanos());
      share.ended("globex/" + i);
    }
    nanos.addAndGet(Duration.ofSeconds(2).toNanos());
    assertThat(pool.retryAfter()).isBetween(Duration.ofMillis(1900), Duration.ofMillis(2100));
  }

  @Test
  void aTenantGetsNoMoreThanItsQuota() {
    share.admit("acme/a");
    share.admit("acme/b");
    assertThat(share.admit("acme/c"))
        .hasValueSatisfying(
            refusal -> assertThat(refusal.detail()).contains("\"acme\" holds 2 of its 2 seats"));
    assertThat(share.admit("globex/a")).isEmpty();
  }

  @Test
  void restoredSessionsKeepTheirSeatsAndNobodyNewComesInAboveTheLimit() {
    share.restored(List.of("acme/a", "acme/b", "acme/c", "acme/d"));
    assertThat(pool.free()).isEqualTo(-1);
    share.ended("acme/a");
    assertThat(share.admit("globex/a")).isPresent();
    share.ended("acme/b");
    assertThat(share.admit("globex/a")).isEmpty();
  }

  @Test
  void subtasksOfAProcessShareItsSeatsAndGiveThemBackWhenTheyClose() {
    SeatPool.Share one = SeatPool.open("test-device", 2, Map.of());
    SeatPool.Share two = SeatPool.open("test-device", 2, Map.of());
    assertThat(two.pool()).isSameAs(one.pool());
    one.admit("acme/a");
    two.admit("acme/b");
    assertThat(one.admit("acme/c")).isPresent();
    two.close();
    assertThat(one.admit("acme/c")).isEmpty();
    one.close();
    SeatPool.Share next = SeatPool.open("test-device", 2, Map.of());
    assertThat(next.pool()).isNotSameAs(one.pool());
    assertThat(next.pool().free()).isEqualTo(2);
    next.close();
  }

  @Test
  void aProcessWithoutSeatsIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SeatPool.open("test-device", 0, Map.of()))
        .withMessageContaining("0 seats would refuse everybody");
  }
}
