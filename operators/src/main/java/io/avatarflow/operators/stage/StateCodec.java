package io.avatarflow.operators.stage;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * Writes and reads the canonical state of a stage. The bytes of a released version are readable for
 * ever.
 *
 * @param <S> the stage's canonical state, an immutable type
 */
public interface StateCodec<S> {
  /** Version of what {@link #write} writes, from 1. */
  int version();

  /** Writes a state. */
  void write(S state, DataOutput out) throws IOException;

  /** Reads what some version up to {@link #version()} wrote. */
  S read(int version, DataInput in) throws IOException;
}
