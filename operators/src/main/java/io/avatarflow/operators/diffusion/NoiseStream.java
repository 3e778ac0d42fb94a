package io.avatarflow.operators.diffusion;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The address of one tensor's noise within a session: stable ids of the stage and of the tensor.
 *
 * @param stageId the first 2 bytes of SHA-256 of the stage's name, big-endian
 * @param tensorId the first 4 bytes of SHA-256 of the tensor's name, big-endian
 */
public record NoiseStream(int stageId, int tensorId) {

  /** The stream of a tensor by the names of the manifest, in UTF-8. */
  public static NoiseStream named(String stage, String tensor) {
    return new NoiseStream(
        ByteBuffer.wrap(sha256(stage)).getShort() & 0xFFFF,
        ByteBuffer.wrap(sha256(tensor)).getInt());
  }

  private static byte[] sha256(String text) {
    return sha256().digest(text.getBytes(StandardCharsets.UTF_8));
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("This Java has no SHA-256, which every Java must have.", e);
    }
  }
}
