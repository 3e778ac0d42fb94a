package io.avatarflow.jobs.lanes;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.apache.flink.api.connector.source.ReaderInfo;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumState;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumerator;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;

/**
 * The connector's enumerator, which is also told of the partitions that restored readers had.
 *
 * <p>Readers do not keep their restored splits: they report them when they register, with the
 * offsets of the checkpoint. All of them go back to the enumerator, which gives each to its owner,
 * be it this reader or one that has registered before. A split whose owner comes later waits for
 * it. So every subtask reads its own partitions after a start, the loss of one task, or a rescale.
 *
 * <p>Coordinator thread only.
 */
final class LaneEnumerator implements SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> {
  private final SplitEnumeratorContext<KafkaPartitionSplit> context;
  private final KafkaSourceEnumerator partitions;

  LaneEnumerator(
      SplitEnumeratorContext<KafkaPartitionSplit> context, KafkaSourceEnumerator partitions) {
    this.context = context;
    this.partitions = partitions;
  }

  @Override
  public void start() {
    partitions.start();
  }

  @Override
  public void addReader(int subtask) {
    ReaderInfo reader = context.registeredReaders().get(subtask);
    List<KafkaPartitionSplit> restored =
        reader == null ? List.of() : reader.getReportedSplitsOnRegistration();
    if (restored.isEmpty()) {
      partitions.addReader(subtask);
      return;
    }
    partitions.addSplitsBack(restored, subtask);
    for (int registered : Set.copyOf(context.registeredReaders().keySet())) {
      partitions.addReader(registered);
    }
  }

  @Override
  public void addSplitsBack(List<KafkaPartitionSplit> splits, int subtask) {
    partitions.addSplitsBack(splits, subtask);
  }

  @Override
  public void handleSplitRequest(int subtask, String host) {
    partitions.handleSplitRequest(subtask, host);
  }

  @Override
  public void handleSourceEvent(int subtask, SourceEvent event) {
    partitions.handleSourceEvent(subtask, event);
  }

  @Override
  public KafkaSourceEnumState snapshotState(long checkpoint) throws Exception {
    return partitions.snapshotState(checkpoint);
  }

  @Override
  public void notifyCheckpointComplete(long checkpoint) throws Exception {
    partitions.notifyCheckpointComplete(checkpoint);
  }

  @Override
  public void close() throws IOException {
    partitions.close();
  }
}
