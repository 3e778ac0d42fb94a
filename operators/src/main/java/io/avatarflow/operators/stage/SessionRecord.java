package io.avatarflow.operators.stage;

import io.avatarflow.schemas.BlockFill;
import io.avatarflow.schemas.DecisionMark;
import io.avatarflow.schemas.SessionEvent;
import io.avatarflow.schemas.SessionInput;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.StreamMark;
import java.util.ArrayList;
import java.util.List;

/**
 * What travels between the operators of the graph; every record belongs to one session.
 *
 * <p>{@link Input} and {@link Decisions} enter the graph and never pass ingest. {@link Start},
 * {@link Block}, {@link Emission} and {@link End} keep their order within a session through every
 * stage. {@link Control}, {@link Published}, {@link Event} and {@link Reject} may overtake.
 */
public sealed interface SessionRecord {
  /** {@code tenant/session}: the Kafka key and the Flink key. */
  String sessionKey();

  /** A decoded record of the input topic, with where it came from. */
  record Input(String sessionKey, SessionInput input, Origin origin) implements SessionRecord {}

  /**
   * The moment that a stage asked for by {@link Stage#wakeAtMicros}, or the end of a bounded input.
   * The host makes it; it never leaves the stage.
   *
   * @param nowMicros the host's clock, microseconds since the epoch
   * @param endOfInput no input will ever follow
   */
  record Tick(String sessionKey, long nowMicros, boolean endOfInput) implements SessionRecord {}

  /**
   * What was decided about blocks when a session ran before: ingest releases these blocks exactly
   * so, and decides nothing new before it is through with them.
   *
   * <p>A block is released when the inputs up to its {@code lastInputOffset} were applied, whatever
   * the clock says, with the samples and at the rung that its decision names. Comes from the frames
   * topic after a restore, or from a recording that is to be lived again; never leaves ingest.
   *
   * @param decisions ascending by block; those of blocks that were released already are passed over
   */
  record Decisions(String sessionKey, List<DecisionMark> decisions) implements SessionRecord {
    /** Offset of a decision that no input brings about; the session's close takes it away. */
    public static final long NEVER = Long.MAX_VALUE;

    public Decisions {
      decisions = List.copyOf(decisions);
    }

    /**
     * All decisions of a session's life, and that there was none behind them: what waits then was
     * taken back or cut off, and is not to be played.
     */
    public static List<DecisionMark> complete(List<DecisionMark> decisions) {
      long behind = decisions.isEmpty() ? 0 : decisions.get(decisions.size() - 1).getBlock() + 1;
      List<DecisionMark> complete = new ArrayList<>(decisions);
      complete.add(new DecisionMark(behind, 0L, 0, BlockFill.NONE, List.of(), 0, NEVER));
      return List.copyOf(complete);
    }
  }

  /** Opens the session in every operator behind ingest. */
  record Start(SessionInfo info) implements SessionRecord {
    @Override
    public String sessionKey() {
      return info.sessionKey();
    }
  }

  /** The unit of work; see {@link MediaBlock}. */
  record Block(MediaBlock block) implements SessionRecord {
    @Override
    public String sessionKey() {
      return block.sessionKey();
    }
  }

  /** In-band control that overtakes blocks inside a chain. */
  record Control(String sessionKey, Kind kind, long epoch) implements SessionRecord {
    /** What is asked for. */
    public enum Kind {
      /** What belongs to an epoch below {@code epoch} is no longer emitted. */
      INTERRUPT,
      /** The next encoded video frame shall be a key frame. */
      KEY_FRAME
    }
  }

  /**
   * What of a session was published before a restore: blocks that wait in stages behind ingest are
   * made again for the states behind them alone. The host makes it; no stage sees it.
   *
   * @param lastBlock the last block that frames were published of
   */
  record Published(String sessionKey, long lastBlock) implements SessionRecord {}

  /**
   * A frame or a stream mark on its way to the output topic.
   *
   * @param traceparent the trace of the session, see {@link SessionInfo#traceparent}
   */
  record Emission(SessionOutput output, String traceparent) implements SessionRecord {
    /** An emission whose trace the host adds, if there is one. */
    public Emission(SessionOutput output) {
      this(output, "");
    }

    @Override
    public String sessionKey() {
      return output.getSessionKey();
    }

    /** True for the mark that says what was decided about the block behind it. */
    public boolean isDecision() {
      return output.getBody() instanceof StreamMark mark && mark.getBody() instanceof DecisionMark;
    }
  }

  /** An informative event on its way to the events topic. */
  record Event(SessionEvent event) implements SessionRecord {
    @Override
    public String sessionKey() {
      return event.getSessionKey();
    }
  }

  /** Bytes that could not be processed, on their way to the rejects topic as they came. */
  record Reject(String sessionKey, byte[] key, byte[] value, Origin origin, String reason)
      implements SessionRecord {}

  /**
   * The last record of a session: every operator forgets the session behind it.
   *
   * @param reason the name of a {@code CloseReason}
   */
  record End(String sessionKey, String reason) implements SessionRecord {}
}
