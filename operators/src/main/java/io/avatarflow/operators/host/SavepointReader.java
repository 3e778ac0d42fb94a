package io.avatarflow.operators.host;

import io.avatarflow.operators.stage.SessionInfo;
import java.io.DataInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.State;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;
import org.apache.flink.runtime.jobgraph.JobVertexID;
import org.apache.flink.runtime.query.KvStateRegistry;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.LocalRecoveryConfig;
import org.apache.flink.runtime.state.UncompressedStreamCompressionDecorator;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.runtime.state.heap.HeapKeyedStateBackendBuilder;
import org.apache.flink.runtime.state.heap.HeapPriorityQueueSetFactory;
import org.apache.flink.runtime.state.metrics.LatencyTrackingStateConfig;
import org.apache.flink.runtime.state.metrics.SizeTrackingStateConfig;
import org.apache.flink.runtime.state.ttl.TtlTimeProvider;

/**
 * Reads the sessions of a savepoint or retained checkpoint without a cluster and without a model
 * pack.
 *
 * <p>Each operator's keyed state is restored into a heap backend of this process, by Flink's own
 * restore, and looked at. Operators without sessions are passed over, so the grouping of stages
 * does not matter.
 */
public final class SavepointReader {
  private static final String METADATA = "_metadata";
  private static final int QUEUE_CAPACITY = 16;

  private final List<String> stages;
  private final Map<String, Found> sessions = new TreeMap<>();

  /** What operators told so far of a session. */
  private static final class Found {
    private Optional<SessionInfo> info = Optional.empty();
    private long epoch;
    private int attempt;
    private final Map<String, CanonicalState> states = new HashMap<>();
    private int inFlight;
  }

  private SavepointReader(List<String> stages) {
    this.stages = stages;
  }

  /**
   * Reads all sessions, in the order of their keys.
   *
   * @param location folder of the savepoint, or its {@code _metadata}; a path or a URI that Flink
   *     knows
   * @param stages names of the stages whose states are wanted
   * @throws IOException if there is no savepoint or it cannot be read, in one sentence
   */
  public static List<SavedSession> read(String location, List<String> stages) throws IOException {
    SavepointReader reader = new SavepointReader(stages);
    for (OperatorState operator : metadata(location).getOperatorStates()) {
      List<KeyedStateHandle> handles = new ArrayList<>();
      operator.getStates().forEach(state -> handles.addAll(state.getManagedKeyedState()));
      if (!handles.isEmpty()) {
        reader.read(location, operator.getMaxParallelism(), handles);
      }
    }
    return reader.saved();
  }

  private static CheckpointMetadata metadata(String location) throws IOException {
    try {
      Path given = new Path(location);
      Path folder = given.getName().equals(METADATA) ? given.getParent() : given;
      Path file = new Path(folder, METADATA);
      FileSystem files = file.getFileSystem();
      try (DataInputStream in = new DataInputStream(files.open(file))) {
        return Checkpoints.loadCheckpointMetadata(
            in, SavepointReader.class.getClassLoader(), folder.makeQualified(files).toString());
      }
    } catch (FileNotFoundException e) {
      throw new IOException(
          "%s is no savepoint: it has no file %s; give the folder of a savepoint or retained checkpoint."
              .formatted(location, METADATA),
          e);
    } catch (IOException | RuntimeException e) {
      throw new IOException("Savepoint %s cannot be read (%s).".formatted(location, first(e)), e);
    }
  }

  /** The first sentence; Flink's go on for a page. */
  private static String first(Exception e) {
    String message = String.valueOf(e.getMessage());
    int end = message.indexOf(". ");
    return end < 0 ? message : message.substring(0, end);
  }

  private void read(String location, int maxParallelism, List<KeyedStateHandle> handles)
      throws IOException {
    try (CloseableRegistry closeables = new CloseableRegistry()) {
      KeyGroupRange all = new KeyGroupRange(0, maxParallelism - 1);
      try (var backend =
          new HeapKeyedStateBackendBuilder<>(
                  new KvStateRegistry().createTaskRegistry(new JobID(), new JobVertexID()),
                  StringSerializer.INSTANCE,
                  SavepointReader.class.getClassLoader(),
                  maxParallelism,
                  all,
                  new ExecutionConfig(),
                  TtlTimeProvider.DEFAULT,
                  LatencyTrackingStateConfig.disabled(),
                  SizeTrackingStateConfig.disabled(),
                  handles,
                  UncompressedStreamCompressionDecorator.INSTANCE,
                  LocalRecoveryConfig.BACKUP_AND_RECOVERY_DISABLED,
                  new HeapPriorityQueueSetFactory(all, maxParallelism, QUEUE_CAPACITY),
                  false,
                  closeables)
              .build()) {
        collect(backend);
      }
    } catch (Exception e) {
      throw new IOException(
          "Savepoint %s holds state that cannot be read (%s); it is damaged, or of a newer version."
              .formatted(location, e.getMessage()),
          e);
    }
  }

  private void collect(KeyedStateBackend<String> backend) throws Exception {
    ValueState<SessionHeader> headers = state(backend, SessionStates.headers());
    for (String key : keys(backend, SessionStates.headers().getName())) {
      backend.setCurrentKey(key);
      SessionHeader header = headers.value();
      Found found = found(key);
      found.info = found.info.or(header::info);
      found.epoch = Math.max(found.epoch, header.epoch());
      found.attempt = Math.max(found.attempt, header.attempt());
    }
    ListState<PendingRecord> pending = state(backend, SessionStates.pending());
    for (String key : keys(backend, SessionStates.pending().getName())) {
      backend.setCurrentKey(key);
      for (PendingRecord unused : pending.get()) {
        found(key).inFlight++;
      }
    }
    for (String stage : stages) {
      ValueState<CanonicalState> canonical = state(backend, SessionStates.canonical(stage));
      for (String key : keys(backend, SessionStates.canonical(stage).getName())) {
        backend.setCurrentKey(key);
        found(key).states.put(stage, canonical.value());
      }
    }
  }

  private Found found(String key) {
    return sessions.computeIfAbsent(key, k -> new Found());
  }

  private static <S extends State> S state(
      KeyedStateBackend<String> backend, StateDescriptor<S, ?> descriptor) throws Exception {
    return backend.getPartitionedState(
        VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, descriptor);
  }

  private static List<String> keys(KeyedStateBackend<String> backend, String state) {
    try (Stream<String> keys = backend.getKeys(state, VoidNamespace.INSTANCE)) {
      return keys.toList();
    }
  }

  private List<SavedSession> saved() {
    List<SavedSession> saved = new ArrayList<>();
    sessions.forEach(
        (key, found) ->
            saved.add(
                new SavedSession(
                    key, found.info, found.epoch, found.attempt, found.states, found.inFlight)));
    return saved;
  }
}
