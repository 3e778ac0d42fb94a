package io.avatarflow.operators.ingest;

/**
 * Decides what is a matter of time: when audio that has not come counts as missing.
 *
 * <p>Safe for use by any thread.
 */
interface Pacing {
  /**
   * Where the gaps end that count as missing.
   *
   * @param buffer the session's audio
   * @param rate its rate, Hz
   * @return an input sample; gaps before it are to be concealed, at most the frontier for none
   */
  long missingBefore(JitterBuffer buffer, int rate);
}
