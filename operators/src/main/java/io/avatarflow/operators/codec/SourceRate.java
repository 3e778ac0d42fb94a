package io.avatarflow.operators.codec;

import java.nio.file.Path;

/** The rates that a sound file may have. */
final class SourceRate {
  /** No speech is below it, and a second of the file must not become minutes in memory. */
  static final int LEAST = 4_000;

  static final int MOST = 768_000;

  private SourceRate() {}

  static boolean isUsable(long rate) {
    return rate >= LEAST && rate <= MOST;
  }

  /**
   * Refuses a rate that cannot be used.
   *
   * @param file named in the error
   */
  static void check(Path file, int rate) {
    if (!isUsable(rate)) {
      throw new MediaException(
          "Audio %s says %d samples a second, %d to %d can be used; convert it first."
              .formatted(file, rate, LEAST, MOST));
    }
  }
}
