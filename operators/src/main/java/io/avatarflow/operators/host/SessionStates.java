package io.avatarflow.operators.host;

import io.avatarflow.operators.stage.SessionInfo;
import io.avatarflow.operators.stage.Stage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.flink.api.common.state.KeyedStateStore;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.VoidNamespace;

/**
 * The keyed state of an operator: of each session a header, the canonical state of every stage, and
 * at a checkpoint the records that are not yet processed.
 *
 * <p>Every call sets the key that it works on, so no caller depends on the one the runtime has set.
 * Mailbox thread only.
 */
final class SessionStates {
  private static final String HEADER = "session";
  private static final String PENDING = "in-flight";

  private final StageGroup group;
  private final KeyedStateBackend<String> backend;
  private final ValueState<SessionHeader> headers;
  private final List<ValueState<CanonicalState>> canonical = new ArrayList<>();
  private final ListState<PendingRecord> pending;
  private final Set<String> keysWithPending = new HashSet<>();
  private int sessions;

  SessionStates(StageGroup group, KeyedStateBackend<String> backend, KeyedStateStore store) {
    this.group = group;
    this.backend = backend;
    headers = store.getState(headers());
    pending = store.getListState(pending());
    for (String stage : group.names()) {
      canonical.add(store.getState(canonical(stage)));
    }
  }

  static ValueStateDescriptor<SessionHeader> headers() {
    return new ValueStateDescriptor<>(HEADER, new SessionHeaderSerializer());
  }

  static ListStateDescriptor<PendingRecord> pending() {
    return new ListStateDescriptor<>(PENDING, new PendingRecordSerializer());
  }

  static ValueStateDescriptor<CanonicalState> canonical(String stage) {
    return new ValueStateDescriptor<>(canonicalName(stage), new CanonicalStateSerializer());
  }

  private static String canonicalName(String stage) {
    return "canonical-" + stage;
  }

  SessionHeader header(String key) throws IOException {
    backend.setCurrentKey(key);
    SessionHeader header = headers.value();
    return header == null ? SessionHeader.UNKNOWN : header;
  }

  void putHeader(String key, SessionHeader header) throws IOException {
    SessionHeader before = header(key);
    sessions += (header.info().isPresent() ? 1 : 0) - (before.info().isPresent() ? 1 : 0);
    if (header.equals(SessionHeader.UNKNOWN)) {
      headers.clear();
    } else if (!header.equals(before)) {
      headers.update(header);
    }
  }

  /** Number of open sessions. */
  int sessions() {
    return sessions;
  }

  /** The session's state at a stage, its initial one if it has none yet. */
  Object canonical(String key, int stage, Optional<SessionInfo> info) throws IOException {
    backend.setCurrentKey(key);
    CanonicalState state = canonical.get(stage).value();
    Stage<Object> owner = group.get(stage);
    return state == null ? owner.initialState(info.orElse(null)) : state.value(owner.stateCodec());
  }

  /** True when the session has a state of its own at a stage. */
  boolean keeps(String key, int stage) throws IOException {
    backend.setCurrentKey(key);
    return canonical.get(stage).value() != null;
  }

  /** The sessions that have a state of their own at a stage, in the order of their keys. */
  List<String> sessionsAt(int stage) {
    return keys(canonicalName(group.get(stage).name())).stream().sorted().toList();
  }

  /**
   * Replaces the session's state at a stage.
   *
   * @return false if it is what a session that never opened begins with, and is not kept
   */
  boolean commit(String key, int stage, Object newState) throws IOException {
    Stage<Object> owner = group.get(stage);
    boolean opened = header(key).info().isPresent();
    if (!opened && newState.equals(owner.initialState(null))) {
      canonical.get(stage).clear();
      return false;
    }
    canonical.get(stage).update(CanonicalState.of(newState, owner.stateCodec()));
    return true;
  }

  void clearCanonical(String key, int stage) {
    backend.setCurrentKey(key);
    canonical.get(stage).clear();
  }

  /** Replaces what the checkpoint before held of unprocessed records. */
  void savePending(Map<String, List<PendingRecord>> records) throws Exception {
    keysWithPending.removeAll(records.keySet());
    for (String key : keysWithPending) {
      backend.setCurrentKey(key);
      pending.clear();
    }
    keysWithPending.clear();
    for (Map.Entry<String, List<PendingRecord>> entry : records.entrySet()) {
      backend.setCurrentKey(entry.getKey());
      pending.update(entry.getValue());
      keysWithPending.add(entry.getKey());
    }
  }

  /**
   * Takes out the unprocessed records of the sessions that this subtask owns, those of one stage in
   * order; from now on they live in the lanes.
   */
  Map<String, List<PendingRecord>> takePending() throws Exception {
    Map<String, List<PendingRecord>> records = new HashMap<>();
    for (String key : keys(PENDING)) {
      backend.setCurrentKey(key);
      List<PendingRecord> list = new ArrayList<>();
      pending.get().forEach(list::add);
      records.put(key, list);
      pending.clear();
    }
    return records;
  }

  /**
   * Counts the restore in every session that this subtask owns.
   *
   * @param execution how often the task was started by its job; a second failure before the first
   *     checkpoint after a restore would otherwise repeat an attempt
   * @param published what was published beyond the checkpoint; an attempt above all of it lets
   *     readers tell the frames apart, also when a savepoint is started again and again
   * @return the keys of the open sessions
   */
  Set<String> countRestore(int execution, List<PublishedSession> published) throws IOException {
    Set<String> open = new HashSet<>();
    for (String key : keys(HEADER)) {
      SessionHeader header = header(key);
      if (header.info().isPresent()) {
        open.add(key);
      }
      putHeader(key, header.withAttempt(Math.max(header.attempt() + 1, execution)));
    }
    for (PublishedSession session : published) {
      SessionHeader header = header(session.sessionKey());
      int attempt = Math.max(header.attempt(), session.attempt() + 1);
      putHeader(session.sessionKey(), header.withAttempt(attempt));
    }
    sessions = open.size();
    return open;
  }

  /** True when the session has a header or a state at the first stage. */
  boolean knows(String key) throws IOException {
    return !header(key).equals(SessionHeader.UNKNOWN) || keeps(key, 0);
  }

  private List<String> keys(String state) {
    try (var keys = backend.getKeys(state, VoidNamespace.INSTANCE)) {
      return keys.toList();
    }
  }
}
