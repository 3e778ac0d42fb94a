package io.avatarflow.operators.program;

import io.avatarflow.operators.tensor.Tensor;
import java.util.List;
import java.util.Map;

/**
 * Runs one graph of a pack over a batch of rows.
 *
 * <p>Row i of the outputs depends on row i of the inputs alone. Tensors have no batch axis. Safe
 * for use by several threads.
 */
public interface GraphRunner {
  /** The graph's name in the manifest. */
  String graph();

  /**
   * Runs the graph once.
   *
   * @param rows the inputs of each row by tensor name, 1 to the pack's largest batch
   * @return the outputs of each row by tensor name, in the same order
   */
  List<Map<String, Tensor>> run(List<Map<String, Tensor>> rows);
}
