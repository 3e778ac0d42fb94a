package io.avatarflow.jobs.client;

import io.avatarflow.schemas.MalformedRecordException;
import io.avatarflow.schemas.RecordCodec;
import io.avatarflow.schemas.SessionOutput;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads the frames topic as a viewer is to see it: every frame once and in order, whatever was
 * restored meanwhile. The rules are {@link StreamCursor}'s.
 *
 * <p>A session that closed is remembered for a while, because a restore may make its end again; the
 * oldest of {@value #CLOSED_SESSIONS} is forgotten. Not thread-safe, but {@link #wakeup} may be
 * called from another thread.
 */
public final class DistinctReader implements AutoCloseable {
  private static final int CLOSED_SESSIONS = 10_000;

  private final SessionReader<SessionOutput> reader;
  private final Map<String, StreamCursor> cursors = new LinkedHashMap<>();
  private int closed;

  /**
   * Reads from the beginning of the topic.
   *
   * @param bootstrap brokers as host:port
   * @param topic the frames topic
   */
  public DistinctReader(String bootstrap, String topic) {
    this(new SessionReader<>(bootstrap, topic, RecordCodec.output()));
  }

  /** Reads what another reader of the frames topic gives, and closes it in the end. */
  public DistinctReader(SessionReader<SessionOutput> reader) {
    this.reader = reader;
  }

  /**
   * A record that is to be used.
   *
   * @param show false for a frame that only feeds the decoder
   */
  public record Taken(SessionOutput output, boolean show) {}

  /** The records that arrived and are to be used, empty when none did in time. */
  public List<Taken> poll(Duration timeout) throws MalformedRecordException {
    List<Taken> taken = new ArrayList<>();
    for (SessionOutput output : reader.poll(timeout)) {
      switch (accept(output)) {
        case TAKE -> taken.add(new Taken(output, true));
        case DECODE_ONLY -> taken.add(new Taken(output, false));
        default -> {}
      }
    }
    return taken;
  }

  private StreamCursor.Verdict accept(SessionOutput output) {
    StreamCursor cursor =
        cursors.computeIfAbsent(output.getSessionKey(), key -> new StreamCursor());
    boolean before = cursor.closed();
    StreamCursor.Verdict verdict = cursor.accept(output);
    if (!before && cursor.closed() && ++closed > CLOSED_SESSIONS) {
      forgetOldestClosed();
    }
    return verdict;
  }

  private void forgetOldestClosed() {
    cursors.values().stream()
        .filter(StreamCursor::closed)
        .findFirst()
        .ifPresent(
            oldest -> {
              cursors.values().remove(oldest);
              closed--;
            });
  }

  /** Where the reader stands in a session's stream; empty for one that it does not know. */
  public Optional<StreamCursor> cursor(String sessionKey) {
    return Optional.ofNullable(cursors.get(sessionKey));
  }

  /** Makes a waiting {@link #poll} throw Kafka's WakeupException. */
  public void wakeup() {
    reader.wakeup();
  }

  @Override
  public void close() {
    reader.close();
  }
}
