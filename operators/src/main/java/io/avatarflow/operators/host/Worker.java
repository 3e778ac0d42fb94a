package io.avatarflow.operators.host;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.flink.api.common.externalresource.ExternalResourceInfo;
import org.apache.flink.api.common.functions.RuntimeContext;

/**
 * What a subtask may know of the worker it runs on.
 *
 * @param subtask index of the subtask
 * @param gpus indexes of the GPUs that Flink gave to the task manager, in their order; every
 *     subtask of a task manager sees the same ones, and none is there without the external resource
 *     {@value #GPU}
 */
public record Worker(int subtask, List<Integer> gpus) {
  /** Whoever runs stages without Flink. */
  public static final Worker LOCAL = new Worker(0, List.of());

  private static final String GPU = "gpu";
  private static final String INDEX = "index";

  public Worker {
    gpus = List.copyOf(gpus);
  }

  static Worker of(RuntimeContext context) {
    return of(context.getTaskInfo().getIndexOfThisSubtask(), context.getExternalResourceInfos(GPU));
  }

  static Worker of(int subtask, Set<ExternalResourceInfo> gpus) {
    return new Worker(subtask, gpus.stream().flatMap(Worker::index).sorted().toList());
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
