package io.avatarflow.operators.host;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.api.common.externalresource.ExternalResourceInfo;
import org.apache.flink.api.common.functions.RuntimeContext;

/**
 * What a subtask may know of the worker it runs on.
 *
 * @param place which of the operator's subtasks it is
 * @param gpus indexes of the GPUs that Flink gave to the task manager, in their order; every
 *     subtask of a task manager sees the same ones, and none is there without the external resource
 *     {@value #GPU}
 */
public record Worker(SubtaskPlace place, List<Integer> gpus) {
  /** Whoever runs stages without Flink. */
  public static final Worker LOCAL = new Worker(SubtaskPlace.ALONE, List.of());

  private static final String GPU = "gpu";
  private static final String INDEX = "index";

  public Worker {
    gpus = List.copyOf(gpus);
  }

  static Worker of(RuntimeContext context) {
    TaskInfo task = context.getTaskInfo();
    SubtaskPlace place =
        new SubtaskPlace(
            task.getIndexOfThisSubtask(),
            task.getNumberOfParallelSubtasks(),
            task.getMaxNumberOfParallelSubtasks());
    return of(place, context.getExternalResourceInfos(GPU));
  }

  static Worker of(SubtaskPlace place, Set<ExternalResourceInfo> gpus) {
    return new Worker(place, gpus.stream().flatMap(Worker::index).sorted().toList());
  }

  /** Index of the subtask. */
  public int subtask() {
    return place.index();
  }

  private static Stream<Integer> index(ExternalResourceInfo gpu) {
    String index =
        gpu.getProperty(INDEX)
            .orElseThrow(
                () ->
                    new IllegalStateException(
                        "A GPU of this task manager has no property \"%s\", it has %s; use Flink's GPU discovery."
                            .formatted(INDEX, gpu.getKeys())));
    try {
      return Stream.of(Integer.valueOf(index.strip()));
    } catch (NumberFormatException e) {
      throw new IllegalStateException(
          "A GPU of this task manager has the index \"%s\"; the discovery script must print numbers."
              .formatted(index),
          e);
    }
  }
}
