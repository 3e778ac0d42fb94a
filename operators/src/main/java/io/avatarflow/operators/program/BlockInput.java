package io.avatarflow.operators.program;

import io.avatarflow.operators.tensor.Tensor;

/**
 * A tensor that a run begins with.
 *
 * @param reference as the manifest spells it
 * @param slot where it goes
 * @param source how it is made from the block, its parameters, the state or noise
 */
record BlockInput(String reference, int slot, Source source) {
  /** Makes the tensor. */
  interface Source {
    Tensor load(BlockRun run);
  }

  void load(BlockRun run) {
    run.keep(slot, source.load(run));
  }

  /** A tensor that an earlier stage left in the block. */
  static Source fromBlock(String name) {
    return run -> {
      Tensor tensor = run.block().tensors().get(name);
      if (tensor == null) {
        throw new IllegalStateException(
            "Block %d came without tensor \"%s\"; the stage that makes it has to run before."
                .formatted(run.block().index(), name));
      }
      return tensor;
    };
  }

  /** A canonical state. */
  static Source fromState(String name) {
    return run -> {
      Tensor tensor = run.state().tensors().get(name);
      if (tensor == null) {
        throw new IllegalStateException(
            "The session has no state \"%s\"; it was written with another version of the pack."
                .formatted(name));
      }
      return tensor;
    };
  }
}
