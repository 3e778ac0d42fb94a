package io.avatarflow.schemas;

/**
 * The names of the four topics. Every record's key is the session's {@link SessionKey}.
 *
 * @param input what sessions are told, {@link SessionInput}
 * @param frames what sessions emit, {@link SessionOutput}
 * @param events what happened to sessions, {@link SessionEvent}
 * @param rejects input that could not be used, its bytes as they came with {@link RejectHeaders}
 */
public record Topics(String input, String frames, String events, String rejects) {
  /** The names used unless others are configured. */
  public static final Topics DEFAULT =
      new Topics("avatar.input", "avatar.frames", "avatar.events", "avatar.rejects");

  /**
   * The topic of free seats, unless another is configured. It holds no record of a session: its
   * keys name subtasks, and it is compacted.
   */
  public static final String SEATS = "avatar.seats";

  private static final int MAX_NAME_LENGTH = 249;

  /**
   * Checks the names against Kafka's rules.
   *
   * @throws IllegalArgumentException if Kafka would refuse a name, or two are equal
   */
  public Topics {
    String[] names = {input, frames, events, rejects};
    for (int i = 0; i < names.length; i++) {
      check(names[i]);
      for (int j = 0; j < i; j++) {
        if (names[i].equals(names[j])) {
          throw new IllegalArgumentException(
              "Topic \"" + names[i] + "\" is named twice; give each of the four its own.");
        }
      }
    }
  }

  private static void check(String name) {
    if (!name.matches("[A-Za-z0-9._-]{1," + MAX_NAME_LENGTH + "}")
        || name.equals(".")
        || name.equals("..")) {
      throw new IllegalArgumentException(
          String.format(
              "Topic \"%s\" is not a Kafka topic name; use 1 to %d of A-Z a-z 0-9 . _ -.",
              name, MAX_NAME_LENGTH));
    }
  }
}
