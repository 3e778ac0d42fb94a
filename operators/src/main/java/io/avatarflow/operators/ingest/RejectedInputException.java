package io.avatarflow.operators.ingest;

/** Says why one input record cannot be used; the session goes on without it. */
final class RejectedInputException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String reason;

  /**
   * @param reason a short lower-case word for programs
   * @param message one sentence: what, the offending value, the limit, what to do
   */
  RejectedInputException(String reason, String message) {
    super(message);
    this.reason = reason;
  }

  String reason() {
    return reason;
  }
}
