package io.avatarflow.jobs.chaos;

import io.avatarflow.jobs.bench.LoadClients;
import io.avatarflow.jobs.client.SessionReader;
import io.avatarflow.schemas.MalformedRecordException;
import io.avatarflow.schemas.RecordCodec;
import io.avatarflow.schemas.SessionKey;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.Topics;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * A viewer of every session, by one thread that reads the frames topic.
 *
 * <p>It asks the broker for all that came in 20 ms at once, because it shares the cores with the
 * cell: an answer for each block would cost broker and viewer more than they have to spare. Gaps
 * are known to as much.
 */
final class Viewers implements AutoCloseable {
  private final SessionReader<SessionOutput> reader;
  private final Map<String, SeenSession> sessions = new ConcurrentHashMap<>();
  private final Thread thread = new Thread(this::read, "chaos-viewers");
  private volatile boolean stopping;
  private volatile Exception failure;

  Viewers(String bootstrap) {
    Properties kafka = LoadClients.GATHERING.consumer();
    this.reader =
        SessionReader.fromNowOn(bootstrap, Topics.DEFAULT.frames(), RecordCodec.output(), kafka);
    thread.setDaemon(true);
    thread.start();
  }

  private void read() {
    try (reader) {
      while (!stopping) {
        List<SessionOutput> outputs = reader.poll(Duration.ofMillis(50));
        long now = System.nanoTime();
        for (SessionOutput output : outputs) {
          SeenSession seen =
              sessions.computeIfAbsent(output.getSessionKey(), key -> new SeenSession());
          synchronized (seen) {
            seen.add(output, now);
          }
        }
      }
    } catch (MalformedRecordException | RuntimeException e) {
      failure = e;
    }
  }

  /** Waits until something is true of each of some sessions. */
  void await(
      String what, Collection<SessionKey> keys, Duration patience, Predicate<SeenSession> condition)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (!keys.stream().allMatch(key -> holds(key, condition))) {
      if (failure != null) {
        throw new IOException("The frames topic cannot be read: " + failure.getMessage(), failure);
      }
      if (System.nanoTime() > deadline) {
        throw new IOException(
            "Waited %d s in vain for %s; %d of %d sessions are there."
                .formatted(
                    patience.toSeconds(),
                    what,
                    keys.stream().filter(key -> holds(key, condition)).count(),
                    keys.size()));
      }
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  /** From now on gaps count. */
  void watchGaps() {
    for (SeenSession seen : sessions.values()) {
      synchronized (seen) {
        seen.forgetGaps();
      }
    }
  }

  /** Video frames that the session furthest ahead was shown. */
  long furthest(Collection<SessionKey> keys) {
    return keys.stream().mapToLong(this::frames).max().orElse(0);
  }

  private long frames(SessionKey key) {
    SeenSession seen = seen(key);
    synchronized (seen) {
      return seen.frames();
    }
  }

  private boolean holds(SessionKey key, Predicate<SeenSession> condition) {
    SeenSession seen = sessions.get(key.toString());
    if (seen == null) {
      return false;
    }
    synchronized (seen) {
      return condition.test(seen);
    }
  }

  /** What was seen of a session; to be looked at once the viewers are closed. */
  SeenSession seen(SessionKey key) {
    return sessions.getOrDefault(key.toString(), new SeenSession());
  }

  @Override
  public void close() {
    stopping = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
