package io.avatarflow.operators.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class UninterruptibleTest {
  @Test
  void interruptsStartTheWaitAnewAndAreToldWhenItIsOver() {
    AtomicInteger begun = new AtomicInteger();
    Uninterruptible.await(
        () -> {
          if (begun.incrementAndGet() < 3) {
            throw new InterruptedException();
          }
        });
    assertThat(begun).hasValue(3);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void withoutAnInterruptNoneIsTold() {
    Uninterruptible.await(() -> {});
    assertThat(Thread.interrupted()).isFalse();
  }

  @Test
  void aThreadIsWaitedForByOneThatIsInterrupted() {
    Thread thread = new Thread(() -> {});
    thread.start();
    Thread.currentThread().interrupt();
    Uninterruptible.join(thread);
    assertThat(thread.isAlive()).isFalse();
    assertThat(Thread.interrupted()).isTrue();
  }
}
