package io.avatarflow.operators.host;

import io.avatarflow.operators.stage.MediaBlock;

/**
 * Which of several turns goes first: the one with the earliest deadline, and of equal deadlines,
 * such as none, the one whose session has come least far.
 *
 * @param deadlineMicros microseconds since the epoch, {@link MediaBlock#NO_DEADLINE} for none
 * @param block index of the block
 */
record Urgency(long deadlineMicros, long block) {
  /** That of a session that has had no block yet: viewers wait for its first picture. */
  static final Urgency FIRST = new Urgency(0, 0);

  /**
   * Openings go ahead of most blocks, because somebody waits for the first picture, and behind
   * those that are nearly due. There are no more of them than free seats: who is refused does not
   * come here.
   */
  private static final long INPUT_MICROS = 150_000;

  /** That of an input record that takes more than the task's thread has to give. */
  static Urgency ofInput(long arrivedMicros) {
    return new Urgency(arrivedMicros + INPUT_MICROS, 0);
  }
}
