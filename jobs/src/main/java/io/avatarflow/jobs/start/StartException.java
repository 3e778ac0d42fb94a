package io.avatarflow.jobs.start;

/**
 * The job cannot start with what it was given; the message is one sentence that says what, the
 * offending value and what to do. It has no stack trace: nobody but the person who starts the job
 * can help.
 */
public final class StartException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public StartException(String sentence) {
    super(sentence, null, false, false);
  }
}
