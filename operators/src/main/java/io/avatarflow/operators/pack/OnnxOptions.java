package io.avatarflow.operators.pack;

/**
 * How graphs are run.
 *
 * @param provider the device
 * @param intraOpThreads threads inside one operator of a graph; 1 keeps the sessions of a process
 *     from fighting over cores, since parallelism comes from sessions
 */
public record OnnxOptions(ExecutionProvider provider, int intraOpThreads) {
  /** One thread on the processor. */
  public static final OnnxOptions DEFAULT = new OnnxOptions(ExecutionProvider.CPU, 1);

  public OnnxOptions {
    if (intraOpThreads < 1 || intraOpThreads > 256) {
      throw new IllegalArgumentException(
          "Graphs cannot run with %d threads; use 1 to 256.".formatted(intraOpThreads));
    }
  }
}
