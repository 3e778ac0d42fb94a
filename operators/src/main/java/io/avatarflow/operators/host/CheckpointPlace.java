package io.avatarflow.operators.host;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.OperatorStateStore;
import org.apache.flink.api.common.typeutils.base.LongSerializer;

/**
 * When a checkpoint was taken and where the decision log ended then: all that an operator keeps
 * that is not keyed. Every subtask writes what it knows and reads what all wrote, so that one that
 * is added by a rescale knows it too.
 */
final class CheckpointPlace {
  private final ListState<Long> times;
  private final ListState<LogPosition> positions;

  CheckpointPlace(OperatorStateStore store) throws Exception {
    times =
        store.getUnionListState(
            new ListStateDescriptor<>("checkpoint-time", LongSerializer.INSTANCE));
    positions =
        store.getUnionListState(
            new ListStateDescriptor<>("decision-log", new LogPositionSerializer()));
  }

  void save(long nowMillis, List<LogPosition> logEnd) throws Exception {
    times.update(List.of(nowMillis));
    positions.update(logEnd);
  }

  /** When the last subtask took the checkpoint that was restored, milliseconds by its clock. */
  OptionalLong latestMillis() throws Exception {
    OptionalLong latest = OptionalLong.empty();
    for (long time : times.get()) {
      latest = OptionalLong.of(Math.max(time, latest.orElse(time)));
    }
    return latest;
  }

  /** When the first did. */
  OptionalLong earliestMillis() throws Exception {
    OptionalLong earliest = OptionalLong.empty();
    for (long time : times.get()) {
      earliest = OptionalLong.of(Math.min(time, earliest.orElse(time)));
    }
    return earliest;
  }

  /** The earliest place that any subtask remembers in each partition. */
  List<LogPosition> logEnd() throws Exception {
    Map<Integer, Long> earliest = new TreeMap<>();
    for (LogPosition position : positions.get()) {
      earliest.merge(position.partition(), position.offset(), Math::min);
    }
    return earliest.entrySet().stream()
        .map(entry -> new LogPosition(entry.getKey(), entry.getValue()))
        .toList();
  }
}
