package io.avatarflow.operators.program;

import io.avatarflow.operators.tensor.Tensor;
import java.util.List;

/**
 * Derived state of a session at one stage: what the derived graphs made of the identity, in the
 * order of the program.
 *
 * @param tensors on the heap, so that nothing has to be freed
 */
record DerivedTensors(List<Tensor> tensors) implements AutoCloseable {
  DerivedTensors {
    tensors = List.copyOf(tensors);
  }

  @Override
  public void close() {
    // Heap memory only.
  }
}
