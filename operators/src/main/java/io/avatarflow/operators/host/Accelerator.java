package io.avatarflow.operators.host;

import java.io.Serializable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What runs a pack's graphs: the processor, any GPU that the worker has, or a certain one.
 *
 * @param kind processor or GPU
 * @param index which GPU, {@value #ANY} for one that the worker gives
 */
public record Accelerator(Kind kind, int index) implements Serializable {
  /** The processor. */
  public static final Accelerator CPU = new Accelerator(Kind.CPU, 0);

  private static final int ANY = -1;
  private static final Pattern CUDA = Pattern.compile("cuda(?::(\\d{1,3}))?");

  /** The kinds of devices. */
  public enum Kind {
    CPU,
    CUDA
  }

  /**
   * Reads {@code cpu}, {@code cuda} or {@code cuda:N}.
   *
   * @throws IllegalArgumentException if it is none of them
   */
  public static Accelerator parse(String text) {
    if (text.equals("cpu")) {
      return CPU;
    }
    Matcher cuda = CUDA.matcher(text);
    if (!cuda.matches()) {
      throw new IllegalArgumentException(
          "There is no device \"%s\"; give cpu, cuda, or cuda:N for the GPU of index N."
              .formatted(text));
    }
    return new Accelerator(
        Kind.CUDA, cuda.group(1) == null ? ANY : Integer.parseInt(cuda.group(1)));
  }

  /**
   * The device that this stands for on a worker. Any GPU becomes one of those that Flink gave to
   * the worker, its subtasks in turn; without any from Flink, the first one of the machine.
   *
   * @throws IllegalStateException if a certain GPU is not among those that Flink gave
   */
  public Accelerator on(Worker worker) {
    if (kind == Kind.CPU) {
      return this;
    }
    if (index == ANY) {
      int n = worker.gpus().size();
      return new Accelerator(kind, n == 0 ? 0 : worker.gpus().get(worker.subtask() % n));
    }
    if (!worker.gpus().isEmpty() && !worker.gpus().contains(index)) {
      throw new IllegalStateException(
          "Device \"%s\" is not among the GPUs that Flink gave to this task manager, which are %s; give one of them or cuda."
              .formatted(id(), worker.gpus()));
    }
    return this;
  }

  /** {@code cpu}, {@code cuda} or {@code cuda:N}. */
  public String id() {
    return kind == Kind.CPU ? "cpu" : index == ANY ? "cuda" : "cuda:" + index;
  }
}
