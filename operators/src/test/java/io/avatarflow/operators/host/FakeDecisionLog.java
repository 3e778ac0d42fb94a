package io.avatarflow.operators.host;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;

/** A log whose content a test writes down; remembers what it was asked. */
final class FakeDecisionLog {
  final List<PublishedSession> published = new ArrayList<>();
  final ConcurrentLinkedQueue<List<LogPosition>> readFrom = new ConcurrentLinkedQueue<>();
  List<LogPosition> end = List.of();
  int open;

  DecisionLog.Factory factory() {
    return maxParallelism -> {
      open++;
      return new View(maxParallelism);
    };
  }

  private final class View implements DecisionLog {
    private final int maxParallelism;

    View(int maxParallelism) {
      this.maxParallelism = maxParallelism;
    }

    @Override
    public List<LogPosition> end() {
      return end;
    }

    @Override
    public List<PublishedSession> since(List<LogPosition> positions, KeyGroupRange keyGroups) {
      readFrom.add(positions);
      return published.stream()
          .filter(
              session ->
                  keyGroups.contains(
                      KeyGroupRangeAssignment.assignToKeyGroup(
                          session.sessionKey(), maxParallelism)))
          .toList();
    }

    @Override
    public void close() {
      open--;
    }
  }
}
