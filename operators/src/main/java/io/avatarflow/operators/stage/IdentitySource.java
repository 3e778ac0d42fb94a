package io.avatarflow.operators.stage;

import io.avatarflow.schemas.SessionOpen;

/**
 * Turns the identity that a session asks for into the picture that the pack drives.
 *
 * <p>Safe for use by several threads; called on the CPU pool.
 */
public interface IdentitySource {
  /**
   * Reads, checks and frames the identity image.
   *
   * @param open what the session asks for
   * @return the framed picture as PNG at the pack's identity size, at most 128 KiB
   * @throws IdentityException if there is no such image, it cannot be used, or it may not be
   */
  byte[] framedPng(SessionOpen open) throws IdentityException;
}
