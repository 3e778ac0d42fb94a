package io.avatarflow.operators.stage;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Drives a stage without a host: a plain loop on the caller's thread, the baseline that benchmarks
 * compare with and what a pack is verified by.
 *
 * <p>Keeps canonical and derived state by session. Not thread-safe. Closing it frees the derived
 * state of all sessions, not the stage.
 *
 * @param <S> the stage's canonical state
 */
public final class PlainLoop<S> implements AutoCloseable {
  private final Stage<S> stage;
  private final Map<String, S> states = new HashMap<>();
  private final Map<String, AutoCloseable> derived = new HashMap<>();

  /** A loop with no sessions yet. */
  public PlainLoop(Stage<S> stage) {
    this.stage = stage;
  }

  /**
   * Gives the stage one record of a session and answers what comes out of it.
   *
   * @throws IllegalStateException if the session cannot go on; its state stays as it was
   */
  public List<SessionRecord> accept(SessionInfo session, SessionRecord record) {
    return accept(List.of(session), List.of(record)).get(0);
  }

  /**
   * Gives the stage one record of each of several sessions, in shared batches, and answers what
   * comes out for each.
   *
   * @throws IllegalStateException if one of the sessions cannot go on; states stay as they were
   */
  public List<List<SessionRecord>> accept(List<SessionInfo> sessions, List<SessionRecord> records) {
    Map<Integer, Turn<S>> turns = new LinkedHashMap<>();
    for (int i = 0; i < records.size(); i++) {
      if (stage.accepts(records.get(i))) {
        SessionInfo session = sessions.get(i);
        turns.put(
            i,
            new Turn<>(
                session,
                records.get(i),
                states.computeIfAbsent(session.sessionKey(), key -> stage.initialState(session)),
                derived.get(session.sessionKey())));
      }
    }
    drive(stage, new ArrayList<>(turns.values()));
    turns.values().forEach(PlainLoop::requireDone);
    turns.values().forEach(this::commit);
    List<List<SessionRecord>> outputs = new ArrayList<>();
    for (int i = 0; i < records.size(); i++) {
      outputs.add(turns.containsKey(i) ? turns.get(i).outputs() : List.of(records.get(i)));
    }
    return outputs;
  }

  /** The stage that is driven. */
  public Stage<S> stage() {
    return stage;
  }

  /** Takes a session over with a state from elsewhere, as a host does after a restore. */
  public void resume(String sessionKey, S state) {
    states.put(sessionKey, state);
  }

  /** The canonical state of a session that has been here. */
  public S state(String sessionKey) {
    return states.get(sessionKey);
  }

  /**
   * Steps turns of different sessions until each is done or failed, in batches as large as the
   * stage allows.
   *
   * @param stage the stage
   * @param turns fresh turns
   */
  public static <S> void drive(Stage<S> stage, List<Turn<S>> turns) {
    List<Turn<S>> open = new ArrayList<>(turns);
    while (!open.isEmpty()) {
      List<Turn<S>> batch = nextBatch(stage, open);
      batch.forEach(Turn::prepare);
      try {
        stage.step(batch);
      } catch (RuntimeException e) {
        failUnanswered(batch, () -> e);
      }
      failUnanswered(
          batch,
          () ->
              new IllegalStateException(
                  "Stage \"%s\" stepped a turn without an answer; it has to be again, done or fail."
                      .formatted(stage.name())));
      open.removeIf(
          turn -> turn.answer() == Turn.Answer.DONE || turn.answer() == Turn.Answer.FAILED);
    }
  }

  private static <S> void failUnanswered(List<Turn<S>> batch, Supplier<RuntimeException> cause) {
    for (Turn<S> turn : batch) {
      if (turn.answer() == Turn.Answer.NONE) {
        turn.fail(cause.get());
      }
    }
  }

  private static <S> List<Turn<S>> nextBatch(Stage<S> stage, List<Turn<S>> open) {
    Object key = stage.batchKey(open.get(0));
    List<Turn<S>> batch = new ArrayList<>();
    int rows = 0;
    for (Iterator<Turn<S>> all = open.iterator(); all.hasNext() && rows < stage.maxRows(); ) {
      Turn<S> turn = all.next();
      if (stage.batchKey(turn).equals(key)
          && (batch.isEmpty() || rows + stage.rows(turn) <= stage.maxRows())) {
        batch.add(turn);
        rows += stage.rows(turn);
      }
    }
    return batch;
  }

  private static <S> void requireDone(Turn<S> turn) {
    if (turn.answer() == Turn.Answer.FAILED) {
      throw new IllegalStateException(
          "Session %s cannot go on: %s"
              .formatted(turn.session().sessionKey(), turn.failure().getMessage()),
          turn.failure());
    }
  }

  private void commit(Turn<S> turn) {
    String key = turn.session().sessionKey();
    states.put(key, turn.newState());
    turn.derived().ifPresent(built -> derived.put(key, built));
  }

  @Override
  public void close() {
    for (AutoCloseable built : derived.values()) {
      try {
        built.close();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (Exception e) {
        throw new IllegalStateException("Derived state could not be freed: " + built, e);
      }
    }
    derived.clear();
  }
}
