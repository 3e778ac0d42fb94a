package io.avatarflow.operators.stage;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * One record of one session on its way through one stage.
 *
 * <p>Owned by one thread at a time: the mailbox makes it, the stage's executor steps it, the
 * mailbox commits it.
 *
 * @param <S> the stage's canonical state
 */
public final class Turn<S> {
  /** How a step answered. */
  public enum Answer {
    /** Not stepped yet. */
    NONE,
    /** The stage wants another step; the scratch lives in memory only. */
    AGAIN,
    /** Outputs and new state are there. */
    DONE,
    /** The session cannot go on. */
    FAILED
  }

  private final SessionInfo session;
  private final SessionRecord record;
  private final S state;
  private AutoCloseable derived;
  private Object scratch;
  private Answer answer = Answer.NONE;
  private S newState;
  private List<SessionRecord> outputs = List.of();
  private Throwable failure;

  /**
   * @param session the session's constants; null only for a stage that opens sessions itself
   *     (ingest)
   * @param derived the session's derived state at this stage, null when it has to be built
   */
  public Turn(SessionInfo session, SessionRecord record, S state, AutoCloseable derived) {
    this.session = session;
    this.record = Objects.requireNonNull(record, "record");
    this.state = Objects.requireNonNull(state, "state");
    this.derived = derived;
  }

  /** The session's constants. */
  public SessionInfo session() {
    return Objects.requireNonNull(
        session, "This stage runs before the session's constants are known.");
  }

  public SessionRecord record() {
    return record;
  }

  /** The record as a block; for stages that accept only blocks. */
  public MediaBlock block() {
    return ((SessionRecord.Block) record).block();
  }

  /** The canonical state before this turn. */
  public S state() {
    return state;
  }

  /** Derived state of the session at this stage. */
  public Optional<AutoCloseable> derived() {
    return Optional.ofNullable(derived);
  }

  /** Keeps newly built derived state; the host closes it when the session leaves. */
  public void keepDerived(AutoCloseable built) {
    this.derived = built;
  }

  /** What the step before left behind; null in the first step. */
  public Object scratch() {
    return scratch;
  }

  /** Takes back the answer of the step before; called by the host ahead of every step. */
  public void prepare() {
    this.answer = Answer.NONE;
  }

  /** Asks for another step. */
  public void again(Object newScratch) {
    this.scratch = newScratch;
    this.answer = Answer.AGAIN;
  }

  /** Ends the turn with the state that replaces the old one and what goes downstream, in order. */
  public void done(S stateAfter, List<? extends SessionRecord> records) {
    this.newState = Objects.requireNonNull(stateAfter, "stateAfter");
    this.outputs = List.copyOf(records);
    this.scratch = null;
    this.answer = Answer.DONE;
  }

  /** Ends the session with an event; its neighbours go on. */
  public void fail(Throwable cause) {
    this.failure = Objects.requireNonNull(cause, "cause");
    this.scratch = null;
    this.answer = Answer.FAILED;
  }

  public Answer answer() {
    return answer;
  }

  /** The state after a turn that is DONE. */
  public S newState() {
    return newState;
  }

  /** The records after a turn that is DONE. */
  public List<SessionRecord> outputs() {
    return outputs;
  }

  /** Why a turn FAILED. */
  public Throwable failure() {
    return failure;
  }
}
