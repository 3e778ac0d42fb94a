package io.avatarflow.jobs.client;

import io.avatarflow.schemas.MalformedRecordException;
import io.avatarflow.schemas.RecordCodec;
import io.avatarflow.schemas.SessionOutput;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads the frames topic as a viewer is to see it, by the rules of {@link DistinctSessions}. Not
 * thread-safe, but {@link #wakeup} may be called from another thread.
 */
public final class DistinctReader implements AutoCloseable {
  private final SessionReader<SessionOutput> reader;
  private final DistinctSessions sessions = new DistinctSessions();

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

  /** The records that arrived and are to be used, empty when none did in time. */
  public List<DistinctSessions.Taken> poll(Duration timeout) throws MalformedRecordException {
    List<DistinctSessions.Taken> taken = new ArrayList<>();
    for (SessionOutput output : reader.poll(timeout)) {
      sessions.take(output).ifPresent(taken::add);
    }
    return taken;
  }

  /** Where the reader stands in a session's stream; empty for one that it does not know. */
  public Optional<StreamCursor> cursor(String sessionKey) {
    return sessions.cursor(sessionKey);
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
