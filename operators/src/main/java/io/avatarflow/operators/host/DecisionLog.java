package io.avatarflow.operators.host;

import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import org.apache.flink.runtime.state.KeyGroupRange;

/**
 * Where the decisions about blocks are published, as the operator that makes them sees it: a log
 * with an end that a checkpoint can remember and a restored subtask can read up to.
 *
 * <p>What lies behind a checkpoint's position was decided, and maybe seen by a viewer, after the
 * state was taken. A restored session decides the same again, so that its frames are the same
 * pictures.
 *
 * <p>One object a subtask; its methods are called by the mailbox thread.
 */
public interface DecisionLog extends AutoCloseable {
  /** For jobs that are never restored, and for operators that decide nothing. */
  Factory NONE = maxParallelism -> new NoDecisionLog();

  /** Opens the log on a worker. */
  @FunctionalInterface
  interface Factory extends Serializable {
    /**
     * @param maxParallelism the job's number of key groups
     */
    DecisionLog open(int maxParallelism);
  }

  /**
   * The end of the log: everything this subtask decides from now on lies behind it. May be a little
   * old, never new. Returns at once but for the first call.
   *
   * @throws IOException if the end is not known and cannot be learnt in time
   */
  List<LogPosition> end() throws IOException;

  /**
   * What was published from positions on up to the end of the log as it is now, of the sessions in
   * some key groups. The log is read up to a bound that is fixed at the start, so the call ends.
   *
   * @param positions of a checkpoint, at most one for each partition; partitions without one are
   *     not read
   * @throws IOException if the end is not reached in time
   */
  List<PublishedSession> since(List<LogPosition> positions, KeyGroupRange keyGroups)
      throws IOException;

  @Override
  void close();
}
