package io.avatarflow.operators.pack;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 in hexadecimal. */
final class Sha256 {
  private Sha256() {}

  /** A digest to be fed in parts. */
  static MessageDigest start() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("This Java has no SHA-256, which every Java must have.", e);
    }
  }

  /** The digest of bytes. */
  static String of(byte[] bytes) {
    return hex(start().digest(bytes));
  }

  /** Lower-case hexadecimal. */
  static String hex(byte[] digest) {
    return HexFormat.of().formatHex(digest);
  }
}
