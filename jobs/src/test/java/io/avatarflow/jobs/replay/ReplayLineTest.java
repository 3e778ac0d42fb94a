package io.avatarflow.jobs.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.avatarflow.operators.stage.SessionRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReplayLineTest {
  private static final int MANY = 5_000;

  private final ReplayLine line = ReplayLine.open();

  @AfterEach
  void close() {
    line.close();
  }

  @Test
  void recordsGoInInTheirOrderHoweverManyAreBehindEachOther() throws Exception {
    Thread feeder = new Thread(this::feed);
    feeder.start();
    List<SessionRecord> polled = new ArrayList<>();

    while (!line.isOver()) {
      line.available().get();
      line.poll().ifPresent(polled::add);
    }
    feeder.join();

    assertThat(polled).hasSize(MANY);
    assertThat(polled.get(MANY - 1)).isEqualTo(record(MANY - 1));
    assertThat(polled).isEqualTo(records());
  }

  @Test
  void whoWaitsHearsOfTheNextRecordAndOfTheEnd() throws Exception {
    CompletableFuture<Void> first = line.available();
    assertThat(first).isNotDone();
    line.put(record(0));
    assertThat(first).isDone();
    line.poll();
    CompletableFuture<Void> second = line.available();
    assertThat(second).isNotDone();

    line.end();

    assertThat(second).isDone();
    assertThat(line.isOver()).isTrue();
  }

  @Test
  void itIsOverOnlyWhenTheJobHadEverything() throws Exception {
    line.put(record(0));
    line.end();
    assertThat(line.isOver()).isFalse();

    line.poll();

    assertThat(line.isOver()).isTrue();
  }

  @Test
  void whatWasGivenIsTakenInItsOrder() throws Exception {
    line.give(record(0));
    line.give(record(1));

    assertThat(line.take(Duration.ofSeconds(1))).containsExactly(record(0), record(1));
    assertThat(line.take(Duration.ZERO)).isEmpty();
  }

  @Test
  void aLineIsFoundByItsIdUntilItIsClosed() {
    assertThat(ReplayLine.of(line.id())).isSameAs(line);

    line.close();

    assertThatThrownBy(() -> ReplayLine.of(line.id()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("is over");
  }

  private void feed() {
    try {
      for (SessionRecord record : records()) {
        line.put(record);
      }
      line.end();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static List<SessionRecord> records() {
    List<SessionRecord> records = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      records.add(record(i));
    }
    return records;
  }

  private static SessionRecord record(long epoch) {
    return new SessionRecord.Control("t/s", SessionRecord.Control.Kind.INTERRUPT, epoch);
  }
}
