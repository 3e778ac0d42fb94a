package io.avatarflow.operators.host;

import java.util.List;
import org.apache.flink.runtime.state.KeyGroupRange;

/** A log that nothing is written to. */
final class NoDecisionLog implements DecisionLog {
  @Override
  public List<LogPosition> end() {
    return List.of();
  }

  @Override
  public List<PublishedSession> since(List<LogPosition> positions, KeyGroupRange keyGroups) {
    return List.of();
  }

  @Override
  public void close() {}
}
