package io.avatarflow.operators.modelled;

import java.util.List;

/**
 * The way in which a device serves what waits for it: ours, or one of those that others use.
 *
 * <p>Makes a {@link Line} for each run.
 */
@FunctionalInterface
public interface Discipline {
  /** A fresh line, with nothing in it. */
  Line line();

  /** What waits for one device. One thread at a time. */
  interface Line {
    /** Puts a block in line that has entered a stage. */
    void enter(ModelledStep block, long nowMicros);

    /**
     * Takes back the batch that just ran.
     *
     * @param unfinished those of it that want another step in their stage
     */
    void ran(List<ModelledStep> batch, List<ModelledStep> unfinished, int rows, long micros);

    /** The next batch into an empty list; leaves it empty when none may run yet. */
    void next(long nowMicros, List<ModelledStep> batch);

    /** When an idle device is to ask again although nothing came, MAX_VALUE for never. */
    default long askAgainMicros() {
      return Long.MAX_VALUE;
    }
  }
}
