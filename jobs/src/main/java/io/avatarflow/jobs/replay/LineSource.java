package io.avatarflow.jobs.replay;

import io.avatarflow.operators.host.SessionRecordTypeInfo;
import io.avatarflow.operators.stage.SessionRecord;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * Reads the {@link ReplayLine} of this process to its end. Bounded; nothing is divided, so there
 * are no splits, and nothing is kept for a restore, which a replay does not have.
 */
record LineSource(String line)
    implements Source<SessionRecord, LineSource.NoSplit, Void>, ResultTypeQueryable<SessionRecord> {

  /** There are none. */
  interface NoSplit extends SourceSplit {}

  @Override
  public Boundedness getBoundedness() {
    return Boundedness.BOUNDED;
  }

  @Override
  public SourceReader<SessionRecord, NoSplit> createReader(SourceReaderContext context) {
    return new Reader(ReplayLine.of(line));
  }

  @Override
  public SplitEnumerator<NoSplit, Void> createEnumerator(SplitEnumeratorContext<NoSplit> context) {
    return new NothingToDivide();
  }

  @Override
  public SplitEnumerator<NoSplit, Void> restoreEnumerator(
      SplitEnumeratorContext<NoSplit> context, Void nothing) {
    return new NothingToDivide();
  }

  @Override
  public SimpleVersionedSerializer<NoSplit> getSplitSerializer() {
    return new NoBytes<>();
  }

  @Override
  public SimpleVersionedSerializer<Void> getEnumeratorCheckpointSerializer() {
    return new NoBytes<>();
  }

  @Override
  public TypeInformation<SessionRecord> getProducedType() {
    return SessionRecordTypeInfo.INSTANCE;
  }

  /** Task thread only. */
  private record Reader(ReplayLine line) implements SourceReader<SessionRecord, NoSplit> {
    @Override
    public InputStatus pollNext(ReaderOutput<SessionRecord> output) {
      Optional<SessionRecord> record = line.poll();
      record.ifPresent(output::collect);
      if (record.isPresent()) {
        return InputStatus.MORE_AVAILABLE;
      }
      return line.isOver() ? InputStatus.END_OF_INPUT : InputStatus.NOTHING_AVAILABLE;
    }

    @Override
    public CompletableFuture<Void> isAvailable() {
      return line.available();
    }

    @Override
    public void start() {}

    @Override
    public List<NoSplit> snapshotState(long checkpoint) {
      return List.of();
    }

    @Override
    public void addSplits(List<NoSplit> splits) {}

    @Override
    public void notifyNoMoreSplits() {}

    @Override
    public void close() {}
  }

  /** Coordinator thread only. */
  private static final class NothingToDivide implements SplitEnumerator<NoSplit, Void> {
    @Override
    public void start() {}

    @Override
    public void handleSplitRequest(int subtask, String host) {}

    @Override
    public void addSplitsBack(List<NoSplit> splits, int subtask) {}

    @Override
    public void addReader(int subtask) {}

    @Override
    public Void snapshotState(long checkpoint) {
      return null;
    }

    @Override
    public void close() {}
  }

  /** Of what is always null. */
  private static final class NoBytes<T> implements SimpleVersionedSerializer<T> {
    @Override
    public int getVersion() {
      return 1;
    }

    @Override
    public byte[] serialize(T nothing) {
      return new byte[0];
    }

    @Override
    public T deserialize(int version, byte[] bytes) {
      return null;
    }
  }
}
