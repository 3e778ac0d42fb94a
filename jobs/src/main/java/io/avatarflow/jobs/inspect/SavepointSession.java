package io.avatarflow.jobs.inspect;

import io.avatarflow.jobs.graph.Graph;
import io.avatarflow.operators.host.CanonicalState;
import io.avatarflow.operators.host.SavedSession;
import io.avatarflow.operators.host.SavepointReader;
import io.avatarflow.operators.ingest.IngestState;
import io.avatarflow.operators.stage.SessionInfo;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a savepoint says of one session.
 *
 * @param session {@code tenant/session}
 * @param pack the model pack; empty for a session that has not opened, or failed
 * @param nextBlock index of the next block that will be released
 * @param epoch its epoch
 * @param attempt how often it was restored
 * @param openMicros when it opened, microseconds since the epoch; 0 when it has not
 * @param ageSeconds from then to its last input
 * @param inFlight records between stages
 * @param stateBytes canonical state by stage
 */
public record SavepointSession(
    String session,
    String pack,
    long nextBlock,
    long epoch,
    int attempt,
    long openMicros,
    double ageSeconds,
    int inFlight,
    Map<String, Integer> stateBytes) {
  private static final String INGEST = "ingest";

  /**
   * Reads the sessions of a savepoint or retained checkpoint.
   *
   * @throws IOException if it is none or cannot be read, in one sentence
   */
  public static List<SavepointSession> read(String location) throws IOException {
    List<SavepointSession> sessions = new ArrayList<>();
    for (SavedSession saved : SavepointReader.read(location, Graph.stageNames())) {
      sessions.add(of(saved));
    }
    return sessions;
  }

  private static SavepointSession of(SavedSession saved) throws IOException {
    Map<String, Integer> bytes = new LinkedHashMap<>();
    for (String stage : Graph.stageNames()) {
      CanonicalState state = saved.states().get(stage);
      if (state != null) {
        bytes.put(stage, state.bytes().length);
      }
    }
    Optional<IngestState> ingest = Optional.empty();
    if (saved.states().containsKey(INGEST)) {
      CanonicalState state = saved.states().get(INGEST);
      ingest =
          Optional.of(
              IngestState.CODEC.read(
                  state.version(), new DataInputStream(new ByteArrayInputStream(state.bytes()))));
    }
    long open = ingest.map(IngestState::openMicros).orElse(0L);
    long last = ingest.map(IngestState::lastInputMicros).orElse(0L);
    return new SavepointSession(
        saved.sessionKey(),
        saved.info().map(SessionInfo::packName).orElse(""),
        ingest.map(IngestState::nextBlock).orElse(0L),
        saved.epoch(),
        saved.attempt(),
        open,
        open > 0 ? (last - open) / 1e6 : 0,
        saved.inFlight(),
        bytes);
  }

  /** All of its canonical state. */
  public int totalBytes() {
    return stateBytes.values().stream().mapToInt(Integer::intValue).sum();
  }
}
