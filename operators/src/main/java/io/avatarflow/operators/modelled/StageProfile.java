package io.avatarflow.operators.modelled;

/**
 * What one stage asks of a device for each block.
 *
 * @param name of the stage, unique in its profile
 * @param steps device steps of a block of speech, 0 or more
 * @param idleSteps device steps of a block of silence, 0 or more
 * @param rows rows of a step in a batch, two with guidance
 * @param maxRows most rows of a batch
 * @param latency time of a batch by its rows
 */
public record StageProfile(
    String name, int steps, int idleSteps, int rows, int maxRows, LatencyCurve latency) {
  public StageProfile {
    if (steps < 0 || idleSteps < 0 || steps > 1000 || idleSteps > 1000) {
      throw new IllegalArgumentException(
          "Stage \"%s\" of a device profile has %d steps, %d when idle; give 0 to 1000."
              .formatted(name, steps, idleSteps));
    }
    if (rows < 1 || maxRows < rows) {
      throw new IllegalArgumentException(
          "Stage \"%s\" of a device profile takes %d rows of batches of %d; a step takes 1 row or more and fits its batch."
              .formatted(name, rows, maxRows));
    }
  }

  /** A stage that takes one row of a batch and does the same for silence as for speech. */
  public static StageProfile of(String name, int steps, int maxRows, LatencyCurve latency) {
    return new StageProfile(name, steps, steps, 1, maxRows, latency);
  }
}
