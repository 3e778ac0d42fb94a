package io.avatarflow.jobs.replay;

import io.avatarflow.schemas.DecisionMark;
import io.avatarflow.schemas.SessionKey;
import java.io.IOException;
import java.util.List;

/** Where a recording is put for a job to read it. One thread. */
interface Staging extends AutoCloseable {
  /** Adds an input record under the offset that it had. */
  void input(SessionKey key, long offset, byte[] value) throws IOException;

  /** Adds decisions of a session, which the job applies to the records behind them. */
  void decisions(SessionKey key, List<DecisionMark> decisions) throws IOException;

  /** Returns when everything that was added so far is where the job finds it. */
  void settle() throws IOException;

  @Override
  void close();
}
