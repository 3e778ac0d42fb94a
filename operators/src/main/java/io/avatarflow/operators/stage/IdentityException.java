package io.avatarflow.operators.stage;

/** Says in one sentence why an identity image cannot be used; the session is refused with it. */
public final class IdentityException extends Exception {
  private static final long serialVersionUID = 1L;

  /** What, the offending value, the limit, and what to do. */
  public IdentityException(String message) {
    super(message);
  }

  /** As above, with the cause. */
  public IdentityException(String message, Throwable cause) {
    super(message, cause);
  }
}
