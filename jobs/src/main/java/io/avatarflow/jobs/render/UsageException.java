package io.avatarflow.jobs.render;

/** What the user asked for is not possible, whatever the files and the machine say. */
public final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What, the offending value, the limit, and what to do. */
  public UsageException(String message) {
    super(message);
  }
}
