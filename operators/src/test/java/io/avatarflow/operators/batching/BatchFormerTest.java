package io.avatarflow.operators.batching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class BatchFormerTest {
  private static final Comparator<BatchItem> URGENCY =
      Comparator.comparingLong(BatchItem::deadlineMicros).thenComparingLong(BatchItem::block);

  private static List<Item> take(BatchFormer<Item> former) {
    List<Item> batch = new ArrayList<>();
    former.take(batch::add);
    return batch;
  }

  private static BatchFormer<Item> of(List<Item> items) {
    BatchFormer<Item> former = new BatchFormer<>(BatchLimit.GREEDY);
    items.forEach(former::add);
    return former;
  }

  @Provide
  Arbitrary<List<Item>> items() {
    return Combinators.combine(
            Arbitraries.of("t/a", "t/b", "t/c", "t/d", "t/e", "t/f"),
            Arbitraries.of("motion", "denoise"),
            Arbitraries.integers().between(1, 2),
            Arbitraries.longs().between(0, 5),
            Arbitraries.longs().between(0, 3))
        .as(
            (session, key, rows, deadline, block) ->
                new Item(session, key, rows, 5, deadline, block))
        .list()
        .ofMinSize(1)
        .ofMaxSize(40);
  }

  @Property
  void everyItemIsTakenOnceInBatchesThatMayRun(@ForAll("items") List<Item> items) {
    BatchFormer<Item> former = of(items);
    List<Item> taken = new ArrayList<>();
    while (!former.isEmpty()) {
      List<Item> batch = take(former);
      assertThat(batch).extracting(Item::batchKey).containsOnly(batch.get(0).batchKey());
      assertThat(batch).extracting(Item::sessionKey).doesNotHaveDuplicates();
      assertThat(batch.stream().mapToInt(Item::rows).sum()).isLessThanOrEqualTo(5);
      taken.addAll(batch);
      assertThat(former.size()).isEqualTo(items.size() - taken.size());
    }
    assertThat(taken).containsExactlyInAnyOrderElementsOf(items);
  }

  @Property
  void nothingMoreUrgentWaitsThanTheLeaderOfABatch(@ForAll("items") List<Item> items) {
    BatchFormer<Item> former = of(items);
    List<Item> left = new ArrayList<>(items);
    while (!former.isEmpty()) {
      List<Item> batch = take(former);
      assertThat(left)
          .allSatisfy(item -> assertThat(URGENCY.compare(batch.get(0), item)).isNotPositive());
      batch.forEach(left::remove);
      assertThat(batch).isSortedAccordingTo(URGENCY);
    }
  }

  @Property
  void noItemThatFitsIsLeftBehindByALessUrgentOne(@ForAll("items") List<Item> items) {
    BatchFormer<Item> former = of(items);
    List<Item> left = new ArrayList<>(items);
    while (!former.isEmpty()) {
      List<Item> batch = take(former);
      batch.forEach(left::remove);
      Item last = batch.get(batch.size() - 1);
      int rows = batch.stream().mapToInt(Item::rows).sum();
      assertThat(left)
          .noneMatch(
              item ->
                  item.batchKey().equals(last.batchKey())
                      && URGENCY.compare(item, last) < 0
                      && rows + item.rows() <= 5
                      && batch.stream().noneMatch(b -> b.sessionKey().equals(item.sessionKey())));
    }
  }

  @Test
  void equalUrgencyIsServedInTheOrderOfArrival() {
    BatchFormer<Item> former = of(List.of(Item.of("t/b", 1), Item.of("t/a", 1), Item.of("t/c", 1)));
    assertThat(take(former)).extracting(Item::sessionKey).containsExactly("t/b", "t/a", "t/c");
  }

  @Test
  void smallerBlockGoesFirstWithoutDeadlines() {
    Item third = new Item("t/a", "graph", 1, 1, Long.MAX_VALUE, 3);
    Item second = new Item("t/b", "graph", 1, 1, Long.MAX_VALUE, 2);
    assertThat(take(of(List.of(third, second)))).containsExactly(second);
  }

  @Test
  void limitKeepsABatchSmallButNeverEmpty() {
    BatchFormer<Item> former = new BatchFormer<>(BatchLimit.UNBATCHED);
    former.add(new Item("t/a", "graph", 2, 4, 1, 0));
    former.add(new Item("t/b", "graph", 1, 4, 2, 0));
    assertThat(take(former)).extracting(Item::sessionKey).containsExactly("t/a");
    assertThat(take(former)).extracting(Item::sessionKey).containsExactly("t/b");
  }

  @Test
  void itemsThatAreTakenOutDoNotRun() {
    BatchFormer<Item> former = of(List.of(Item.of("t/a", 1), Item.of("t/b", 2)));
    former.removeIf(item -> item.sessionKey().equals("t/a"));
    assertThat(former.size()).isEqualTo(1);
    assertThat(take(former)).extracting(Item::sessionKey).containsExactly("t/b");
    assertThatThrownBy(() -> take(former)).hasMessageContaining("isEmpty");
  }
}
