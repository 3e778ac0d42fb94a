package io.avatarflow.operators.host;

import java.util.List;
import java.util.OptionalLong;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.OperatorStateStore;
import org.apache.flink.api.common.typeutils.base.LongSerializer;

/**
 * When the operator's checkpoint was taken, milliseconds by the host's clock; the only thing an
 * operator keeps that is not keyed. Every subtask writes it and reads all of them, so that one that
 * is added by a rescale knows it too.
 */
final class CheckpointTime {
  private final ListState<Long> times;

  CheckpointTime(OperatorStateStore store) throws Exception {
    times =
        store.getUnionListState(
            new ListStateDescriptor<>("checkpoint-time", LongSerializer.INSTANCE));
  }

  void save(long nowMillis) throws Exception {
    times.update(List.of(nowMillis));
  }

  /** The latest time in the checkpoint that was restored; empty if it has none. */
  OptionalLong restored() throws Exception {
    OptionalLong latest = OptionalLong.empty();
    for (long time : times.get()) {
      latest = OptionalLong.of(Math.max(time, latest.orElse(time)));
    }
    return latest;
  }
}
