package io.avatarflow.jobs.replay;

import io.avatarflow.schemas.RecordedMessage;
import io.avatarflow.schemas.SessionKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.avro.file.DataFileReader;

/**
 * A folder of recorded sessions: for each one a folder {@code tenant~session} with its input
 * ({@code input.avro}) and, where it was recorded, its output ({@code output.avro}), both Avro
 * container files of RecordedMessage.
 */
public final class RecordingFolder {
  private static final String INPUT = "input.avro";
  private static final String OUTPUT = "output.avro";
  // No session key has it, so folders and keys map both ways, and no folder is "." or "..".
  private static final char SEPARATOR = '~';

  private final Path root;
  private final SessionSelection selection;

  /** The recording in a folder, which need not exist yet. */
  public RecordingFolder(Path root) {
    this(root, SessionSelection.ALL);
  }

  /** The part of a recording that a selection means. */
  public RecordingFolder(Path root, SessionSelection selection) {
    this.root = root;
    this.selection = selection;
  }

  /** Where it is. */
  public Path root() {
    return root;
  }

  /**
   * The sessions whose input was recorded and that are meant, in order of their names.
   *
   * @throws IOException if there are none or the folder cannot be read
   */
  public List<SessionKey> sessions() throws IOException {
    if (!Files.isDirectory(root)) {
      throw new IOException(
          "Recording %s is not a folder; give one that replay or export wrote.".formatted(root));
    }
    try (Stream<Path> folders = Files.list(root)) {
      List<SessionKey> sessions =
          folders
              .filter(folder -> Files.isRegularFile(folder.resolve(INPUT)))
              .map(folder -> key(folder.getFileName().toString()))
              .sorted(java.util.Comparator.comparing(SessionKey::toString))
              .toList();
      if (sessions.isEmpty()) {
        throw new IOException(
            "Recording %s holds no session; give a folder with tenant~session/%s in it."
                .formatted(root, INPUT));
      }
      return chosen(sessions);
    }
  }

  private List<SessionKey> chosen(List<SessionKey> sessions) throws IOException {
    List<SessionKey> chosen = new ArrayList<>();
    for (SessionKey key : sessions) {
      if (selection.contains(key.toString()) && (!selection.hasTime() || isInTime(key))) {
        chosen.add(key);
      }
    }
    if (chosen.isEmpty()) {
      throw new IOException(
          "Recording %s has no session that fits among its %d; look at --from, --to, --session and --tenant."
              .formatted(root, sessions.size()));
    }
    return List.copyOf(chosen);
  }

  private boolean isInTime(SessionKey key) throws IOException {
    try (DataFileReader<RecordedMessage> log = input(key).read()) {
      while (log.hasNext()) {
        RecordedMessage message = log.next();
        if (SessionSelection.opens(RecordedDecisions.bytes(message))) {
          return selection.contains(
              key.toString(), Instant.ofEpochMilli(message.getTimestampMillis()));
        }
      }
    }
    return false;
  }

  private static SessionKey key(String folder) {
    return SessionKey.parse(folder.replace(SEPARATOR, '/'));
  }

  /** The folder of a session. */
  public Path folder(SessionKey key) {
    return root.resolve(key.toString().replace('/', SEPARATOR));
  }

  /** The session's input. */
  MessageLog input(SessionKey key) {
    return new MessageLog(folder(key).resolve(INPUT));
  }

  /** The session's output; may not exist. */
  MessageLog output(SessionKey key) {
    return new MessageLog(folder(key).resolve(OUTPUT));
  }
}
