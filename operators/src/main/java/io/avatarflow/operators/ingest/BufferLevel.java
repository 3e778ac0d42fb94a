package io.avatarflow.operators.ingest;

import java.time.Duration;

/**
 * Tells when a session's buffer fills up, with two thresholds, so that the answer does not flap:
 * high from 80 % of the most on, low again at 50 %.
 *
 * @param most most media that may wait
 */
record BufferLevel(Duration most) {
  private static final int HIGH_PERCENT = 80;
  private static final int LOW_PERCENT = 50;

  /** Whether the buffer is high, given that it was or was not before. */
  boolean isHigh(SessionAudio audio, boolean before) {
    return percent(audio) >= (before ? LOW_PERCENT + 1 : HIGH_PERCENT);
  }

  private long percent(SessionAudio audio) {
    long millis = waitingMillis(audio);
    return millis * 100 / most.toMillis();
  }

  private static long waitingMillis(SessionAudio audio) {
    int rate = audio.clock().rate();
    return rate == 0 ? 0 : Math.max(0, audio.waiting()) * 1000 / rate;
  }

  /** One sentence for people. */
  String sentence(SessionAudio audio) {
    return "%d ms of audio wait, at most %d ms may."
        .formatted(waitingMillis(audio), most.toMillis());
  }
}
