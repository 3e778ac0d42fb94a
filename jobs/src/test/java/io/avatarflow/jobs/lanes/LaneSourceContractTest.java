package io.avatarflow.jobs.lanes;

import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.jobs.kafka.InputRecordReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import org.apache.flink.api.connector.source.ReaderInfo;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.connector.source.SplitsAssignment;
import org.apache.flink.api.connector.source.SupportsSplitReassignmentOnRecovery;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumState;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumerator;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumerator.SplitOwnerSelector;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.enumerator.subscriber.KafkaSubscriber;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.metrics.groups.SplitEnumeratorMetricGroup;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.runtime.metrics.groups.InternalSplitEnumeratorMetricGroup;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** What {@link LaneSource} relies on in the connector; a new version has to pass this. */
class LaneSourceContractTest {
  private static final LaneLayout LAYOUT = new LaneLayout(60, 12);
  private static final String TOPIC = "avatar.input";

  private final Coordinator coordinator = new Coordinator();

  @Test
  void theEnumeratorTakesASplitOwnerSelector() throws Exception {
    assertThat(
            KafkaSourceEnumerator.class.getConstructor(
                KafkaSubscriber.class,
                OffsetsInitializer.class,
                OffsetsInitializer.class,
                Properties.class,
                SplitEnumeratorContext.class,
                org.apache.flink.api.connector.source.Boundedness.class,
                KafkaSourceEnumState.class,
                SplitOwnerSelector.class))
        .isNotNull();
  }

  @Test
  void readersReportTheirSplitsInsteadOfKeepingThem() {
    assertThat(SupportsSplitReassignmentOnRecovery.class).isAssignableFrom(LaneSource.class);
  }

  @Test
  void aRestoredReaderGetsItsOwnSplitsBackAtTheirOffsets() throws Exception {
    SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> enumerator = restored(2);

    register(enumerator, 0, split(0, 100), split(5, 105));

    assertThat(coordinator.assigned).containsOnlyKeys(0);
    assertThat(coordinator.assigned.get(0)).containsExactlyInAnyOrder(split(0, 100), split(5, 105));
  }

  @Test
  void aRescaleMovesSplitsToTheirOwnersWhoeverReportsThem() throws Exception {
    SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> enumerator = restored(3);

    register(enumerator, 2);
    register(enumerator, 0, split(0, 1), split(4, 2), split(11, 3));
    register(enumerator, 1);

    assertThat(coordinator.assigned.get(0)).containsExactly(split(0, 1));
    assertThat(coordinator.assigned.get(1)).containsExactly(split(4, 2));
    assertThat(coordinator.assigned.get(2)).containsExactly(split(11, 3));
  }

  @Test
  void aTaskThatFailsBeforeItsNextCheckpointReadsEachSplitOnce() throws Exception {
    SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> enumerator = restored(2);
    register(enumerator, 1, split(7, 50));
    coordinator.assigned.clear();
    coordinator.readers.remove(1);

    enumerator.addSplitsBack(List.of(split(7, 50)), 1);
    register(enumerator, 1, split(7, 50));

    assertThat(coordinator.assigned.get(1)).containsExactly(split(7, 50));
  }

  @Test
  void aCheckpointOfTheEnumeratorKnowsWhatIsAssigned() throws Exception {
    SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> enumerator = restored(1);
    register(enumerator, 0, split(3, 9));

    KafkaSourceEnumState state = enumerator.snapshotState(1);

    assertThat(state.assignedSplits()).containsExactly(split(3, 9));
    assertThat(state.unassignedSplits()).isEmpty();
  }

  private SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> restored(int parallelism)
      throws Exception {
    coordinator.parallelism = parallelism;
    Properties client = new Properties();
    client.put("bootstrap.servers", "127.0.0.1:1");
    client.put("group.id", "test");
    return new LaneSource(
            new LaneSource.Settings(
                client, TOPIC, OffsetsInitializer.earliest(), new InputRecordReader()),
            LAYOUT)
        .restoreEnumerator(coordinator, new KafkaSourceEnumState(List.of(), List.of(), true));
  }

  private void register(
      SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> enumerator,
      int subtask,
      KafkaPartitionSplit... reported) {
    coordinator.readers.put(
        subtask, ReaderInfo.createReaderInfo(subtask, "here", List.of(reported)));
    enumerator.addReader(subtask);
  }

  private static KafkaPartitionSplit split(int partition, long offset) {
    return new KafkaPartitionSplit(new TopicPartition(TOPIC, partition), offset);
  }

  /** Flink's side of the enumerator, which records what is assigned. */
  private static final class Coordinator implements SplitEnumeratorContext<KafkaPartitionSplit> {
    private final Map<Integer, ReaderInfo> readers = new HashMap<>();
    private final Map<Integer, List<KafkaPartitionSplit>> assigned = new HashMap<>();
    private int parallelism;

    @Override
    public SplitEnumeratorMetricGroup metricGroup() {
      return new InternalSplitEnumeratorMetricGroup(new UnregisteredMetricsGroup());
    }

    @Override
    public int currentParallelism() {
      return parallelism;
    }

    @Override
    public Map<Integer, ReaderInfo> registeredReaders() {
      return readers;
    }

    @Override
    public void assignSplits(SplitsAssignment<KafkaPartitionSplit> assignment) {
      assignment
          .assignment()
          .forEach(
              (subtask, splits) ->
                  assigned.computeIfAbsent(subtask, s -> new ArrayList<>()).addAll(splits));
    }

    @Override
    public void sendEventToSourceReader(int subtask, SourceEvent event) {
      throw new AssertionError("Nobody is sent events.");
    }

    @Override
    public void signalNoMoreSplits(int subtask) {
      throw new AssertionError("The topic has no end.");
    }

    @Override
    public <T> void callAsync(Callable<T> callable, BiConsumer<T, Throwable> handler) {
      throw new AssertionError("Nothing is looked up.");
    }

    @Override
    public <T> void callAsync(
        Callable<T> callable, BiConsumer<T, Throwable> handler, long delay, long period) {
      throw new AssertionError("Partitions are not discovered.");
    }

    @Override
    public void runInCoordinatorThread(Runnable runnable) {
      runnable.run();
    }
  }
}
