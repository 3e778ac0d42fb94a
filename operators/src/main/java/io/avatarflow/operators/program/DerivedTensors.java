package io.avatarflow.operators.program;

import io.avatarflow.operators.tensor.Tensor;
import java.util.List;

/**
 * Derived state of a session at one stage: what the derived graphs made of the identity, in the
 * order of the program, and the pictures shown last. On the heap, so that nothing has to be freed.
 *
 * @param tensors what the derived graphs made; empty when that has not been built
 * @param pictures those of the last block, uint8 [N, H, W, 3]; null when there are none yet
 */
record DerivedTensors(List<Tensor> tensors, Tensor pictures) implements AutoCloseable {
  /** Nothing is built. */
  static final DerivedTensors NONE = new DerivedTensors(List.of(), null);

  DerivedTensors {
    tensors = List.copyOf(tensors);
  }

  @Override
  public void close() {
    // Heap memory only.
  }
}
