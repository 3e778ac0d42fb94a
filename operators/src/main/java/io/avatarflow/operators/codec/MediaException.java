package io.avatarflow.operators.codec;

/**
 * Pictures or sound that cannot be used; its message is one sentence for the user: what, where and
 * what to do.
 */
public final class MediaException extends RuntimeException {
  public MediaException(String message) {
    super(message);
  }

  public MediaException(String message, Throwable cause) {
    super(message, cause);
  }
}
