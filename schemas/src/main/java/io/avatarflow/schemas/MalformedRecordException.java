package io.avatarflow.schemas;

import java.io.IOException;

/**
 * Says why bytes are not a record of this project: one sentence that names the record, its size,
 * the place and the fault.
 */
public final class MalformedRecordException extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message the sentence
   */
  public MalformedRecordException(String message) {
    super(message);
  }

  /**
   * Creates the exception.
   *
   * @param message the sentence
   * @param cause what Avro said
   */
  public MalformedRecordException(String message, Throwable cause) {
    super(message, cause);
  }
}
