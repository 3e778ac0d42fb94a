package io.avatarflow.operators.codec;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The 64-bit fingerprint of a picture before encoding: the first eight bytes of the SHA-256 of its
 * RGB bytes, read big-endian, so that any SHA-256 tool can recompute it.
 */
public final class PixelHash {
  private PixelHash() {}

  /** Hashes {@code length} bytes of tightly packed RGB rows from {@code offset} on. */
  public static long of(byte[] rgb, int offset, int length) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      sha256.update(rgb, offset, length);
      return ByteBuffer.wrap(sha256.digest()).getLong();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256.", e);
    }
  }
}
