package io.avatarflow.jobs.live;

import io.avatarflow.jobs.client.BundledOpen;
import io.avatarflow.jobs.client.DistinctReader;
import io.avatarflow.jobs.client.DistinctSessions;
import io.avatarflow.jobs.client.SessionReader;
import io.avatarflow.jobs.client.SessionWriter;
import io.avatarflow.operators.codec.AudioFileReader;
import io.avatarflow.operators.pack.PackContents;
import io.avatarflow.operators.pack.PackManifest;
import io.avatarflow.operators.pack.PackSource;
import io.avatarflow.schemas.RecordCodec;
import io.avatarflow.schemas.SessionEvent;
import io.avatarflow.schemas.SessionKey;
import io.avatarflow.schemas.SessionSource;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.kafka.common.KafkaException;

/**
 * Live sessions of a running cell: opens them, speaks in all of them at once at the speed of
 * speech, and reads what comes back until the last is over. One thread.
 */
public final class SpeakRun {
  private static final Duration STALL = Duration.ofSeconds(60);
  private static final Duration LONGEST_WAIT = Duration.ofMillis(20);

  private final SpeakRequest request;
  private final Consumer<String> progress;
  private final Map<String, SpokenSession> sessions = new LinkedHashMap<>();

  /**
   * @param progress told a line when it begins to speak
   */
  public SpeakRun(SpeakRequest request, Consumer<String> progress) {
    this.request = request;
    this.progress = progress;
  }

  /**
   * Speaks.
   *
   * @param lines told a line about each session in the end
   * @return true when every session was played to its end
   * @throws IOException if the cell does not answer
   */
  public boolean run(Consumer<String> lines) throws IOException {
    // A file that is no sound is told before brokers are looked for.
    new AudioFileReader(request.audio(), SpokenSession.CHUNK).close();
    try (PackSource source = PackSource.of(request.pack());
        PackContents pack = PackContents.open(source)) {
      return run(pack, identity(pack.manifest()), lines);
    }
  }

  private boolean run(PackContents pack, String identity, Consumer<String> lines)
      throws IOException {
    try (SessionWriter writer =
            new SessionWriter(
                request.bootstrap(),
                request.topics().input(),
                request.maxParallelism(),
                request.kafka());
        DistinctReader frames =
            new DistinctReader(
                SessionReader.fromNowOn(
                    request.bootstrap(),
                    request.topics().frames(),
                    RecordCodec.output(),
                    request.kafka()));
        SessionReader<SessionEvent> events =
            SessionReader.fromNowOn(
                request.bootstrap(),
                request.topics().events(),
                RecordCodec.event(),
                request.kafka())) {
      open(pack, identity, writer);
      progress.accept("speaking in %d sessions".formatted(sessions.size()));
      drive(writer, frames, events);
      sessions.values().forEach(session -> lines.accept(session.summary()));
      return sessions.values().stream().noneMatch(SpokenSession::hasFailed);
    } catch (KafkaException e) {
      throw new IOException(
          "The Kafka brokers %s cannot be used (%s); check --bootstrap and the topics."
              .formatted(request.bootstrap(), e.getMessage()),
          e);
    } finally {
      sessions.values().forEach(SpokenSession::close);
    }
  }

  private String identity(PackManifest manifest) throws IOException {
    Collection<String> bundled = manifest.identities().keySet();
    String identity = request.identity().isEmpty() ? bundled.iterator().next() : request.identity();
    if (!bundled.contains(identity)) {
      throw new IOException(
          "Identity \"%s\" is not bundled with pack \"%s\"; it bundles %s."
              .formatted(identity, manifest.name(), String.join(", ", bundled)));
    }
    return identity;
  }

  private void open(PackContents pack, String identity, SessionWriter writer) {
    long seed = request.seed();
    for (SessionKey key : request.keys()) {
      sessions.put(key.toString(), new SpokenSession(key, request.audio(), System.nanoTime()));
      writer.send(
          key,
          BundledOpen.of(
              pack.manifest().name(), pack.digest(), identity, seed++, SessionSource.LIVE));
    }
  }

  private void drive(
      SessionWriter writer, DistinctReader frames, SessionReader<SessionEvent> events)
      throws IOException {
    long lastNews = System.nanoTime();
    while (!sessions.values().stream().allMatch(SpokenSession::isOver)) {
      long due = send(writer);
      long now = System.nanoTime();
      Duration wait = Duration.ofNanos(Math.max(0, due - now));
      int news =
          read(frames, wait.compareTo(LONGEST_WAIT) < 0 ? wait : LONGEST_WAIT) + read(events);
      // A process that was frozen heard nothing meanwhile, which is not the cell's fault.
      lastNews =
          news > 0 || System.nanoTime() - now > STALL.toNanos() ? System.nanoTime() : lastNews;
      if (System.nanoTime() - lastNews > STALL.toNanos()) {
        throw new IOException(
            "Nothing came from topic %s at %s for %d s; is a job running that reads %s?"
                .formatted(
                    request.topics().frames(),
                    request.bootstrap(),
                    STALL.toSeconds(),
                    request.topics().input()));
      }
    }
  }

  /** Sends what is due and says when the next record is. */
  private long send(SessionWriter writer) {
    long due = Long.MAX_VALUE;
    for (SpokenSession session : sessions.values()) {
      while (session.dueNanos() <= System.nanoTime()) {
        writer.send(session.key(), session.take());
      }
      due = Math.min(due, session.dueNanos());
    }
    return due;
  }

  private int read(DistinctReader frames, Duration wait) throws IOException {
    int news = 0;
    for (DistinctSessions.Taken taken : frames.poll(wait)) {
      Optional<SpokenSession> session = session(taken.output().getSessionKey());
      if (session.isPresent()) {
        session.get().see(taken.output(), System.nanoTime());
        news++;
      }
    }
    return news;
  }

  private int read(SessionReader<SessionEvent> events) throws IOException {
    int news = 0;
    for (SessionEvent event : events.poll(Duration.ZERO)) {
      Optional<SpokenSession> session = session(event.getSessionKey());
      if (session.isPresent()) {
        session.get().see(event);
        news++;
      }
    }
    return news;
  }

  private Optional<SpokenSession> session(String key) {
    return Optional.ofNullable(sessions.get(key));
  }
}
