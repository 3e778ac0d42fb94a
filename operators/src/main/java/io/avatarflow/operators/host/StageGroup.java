package io.avatarflow.operators.host;

import io.avatarflow.operators.stage.AvatarMetric;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.operators.stage.Stage;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.apache.flink.util.ExceptionUtils;

/**
 * The ordered stages of one operator.
 *
 * <p>The host moves states and records about without looking into them, so it sees every stage as
 * one over {@code Object}; what a stage gets back is always what the same stage made.
 */
final class StageGroup implements AutoCloseable {
  private final List<Stage<Object>> stages;

  private StageGroup(List<Stage<Object>> stages) {
    this.stages = stages;
  }

  static StageGroup of(List<Stage<?>> made) {
    if (made.isEmpty()) {
      throw new IllegalArgumentException("A group has 0 stages; give it at least one.");
    }
    Set<String> names = new HashSet<>();
    List<Stage<Object>> stages = new ArrayList<>();
    for (Stage<?> stage : made) {
      if (!names.add(stage.name())) {
        throw new IllegalArgumentException(
            "A group has two stages named \"%s\"; their states would mix, so rename one."
                .formatted(stage.name()));
      }
      stages.add(untyped(stage));
    }
    return new StageGroup(List.copyOf(stages));
  }

  @SuppressWarnings("unchecked")
  private static Stage<Object> untyped(Stage<?> stage) {
    return (Stage<Object>) stage;
  }

  int size() {
    return stages.size();
  }

  int last() {
    return stages.size() - 1;
  }

  Stage<Object> get(int index) {
    return stages.get(index);
  }

  /** True for the group that input records enter. */
  boolean takesInput() {
    return stages.get(0).accepts(new SessionRecord.Input("", null, null));
  }

  /** The gauges of all stages. */
  Map<AvatarMetric, LongSupplier> gauges() {
    Map<AvatarMetric, LongSupplier> gauges = new EnumMap<>(AvatarMetric.class);
    stages.forEach(stage -> gauges.putAll(stage.gauges()));
    return gauges;
  }

  List<String> names() {
    return stages.stream().map(Stage::name).toList();
  }

  @Override
  public void close() {
    RuntimeException failure = null;
    for (Stage<Object> stage : stages) {
      try {
        stage.close();
      } catch (RuntimeException e) {
        failure = ExceptionUtils.firstOrSuppressed(e, failure);
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
