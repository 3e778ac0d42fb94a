package io.avatarflow.operators.audio;

/** Says in one sentence why samples cannot be used. */
public final class InvalidAudioException extends Exception {
  private static final long serialVersionUID = 1L;

  /** What, the offending value, the limit, and what to do. */
  public InvalidAudioException(String message) {
    super(message);
  }
}
