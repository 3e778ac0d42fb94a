package io.avatarflow.schemas;

import java.nio.charset.StandardCharsets;

/**
 * The name of a session, {@code tenant/session}: the key of all its Kafka records and its Flink
 * key. Each part is 1 to 128 of the characters A-Z a-z 0-9 . _ -.
 *
 * @param tenant who the session belongs to
 * @param session the session's name within the tenant, never used again after it ended
 */
public record SessionKey(String tenant, String session) {
  /** Most characters of each part. */
  public static final int MAX_PART_LENGTH = 128;

  /**
   * Checks the parts.
   *
   * @throws IllegalArgumentException if a part is empty, too long or has another character
   */
  public SessionKey {
    check("Tenant", tenant);
    check("Session", session);
  }

  /**
   * Parses {@code tenant/session}.
   *
   * @throws IllegalArgumentException if the text is not a session key
   */
  public static SessionKey parse(String key) {
    int slash = key.indexOf('/');
    if (slash < 0 || slash != key.lastIndexOf('/')) {
      throw new IllegalArgumentException(
          String.format(
              "Session key \"%s\" has %s slash; write it as tenant/session.",
              shortened(key), slash < 0 ? "no" : "more than one"));
    }
    return new SessionKey(key.substring(0, slash), key.substring(slash + 1));
  }

  /** Returns the key of the session's Kafka records: its text in UTF-8. */
  public byte[] toBytes() {
    return toString().getBytes(StandardCharsets.UTF_8);
  }

  /** Returns {@code tenant/session}. */
  @Override
  public String toString() {
    return tenant + "/" + session;
  }

  private static void check(String part, String value) {
    if (value.isEmpty() || value.length() > MAX_PART_LENGTH) {
      throw new IllegalArgumentException(
          String.format(
              "%s \"%s\" of a session key has %d characters; give it 1 to %d.",
              part, shortened(value), value.length(), MAX_PART_LENGTH));
    }
    for (int i = 0; i < value.length(); i++) {
      if (!allowed(value.charAt(i))) {
        throw new IllegalArgumentException(
            String.format(
                "%s \"%s\" of a session key has U+%04X at position %d; use only A-Z a-z 0-9 . _ -.",
                part, shortened(value), (int) value.charAt(i), i));
      }
    }
  }

  private static boolean allowed(char c) {
    return (c >= 'A' && c <= 'Z')
        || (c >= 'a' && c <= 'z')
        || (c >= '0' && c <= '9')
        || c == '.'
        || c == '_'
        || c == '-';
  }

  private static String shortened(String value) {
    return value.length() <= 64 ? value : value.substring(0, 64) + "…";
  }
}
