package io.avatarflow.jobs.bench;

import io.avatarflow.jobs.client.SessionReader;
import io.avatarflow.jobs.client.SessionWriter;
import io.avatarflow.jobs.local.EmbeddedStack;
import io.avatarflow.schemas.CloseMark;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.MalformedRecordException;
import io.avatarflow.schemas.RecordCodec;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.StreamMark;
import io.avatarflow.schemas.Topics;
import io.avatarflow.schemas.Track;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Sends recorded sessions through an embedded stack as fast as it takes them, and reads what comes
 * back until each of them has closed.
 *
 * <p>One thread besides the one that sends.
 */
final class RecordedLoad implements AutoCloseable {
  static final int MAX_PARALLELISM = 60;
  private static final Duration POLL = Duration.ofMillis(50);
  private static final Duration STALL = Duration.ofSeconds(60);

  private final EmbeddedStack stack;
  private final SessionWriter writer;
  private final SessionReader<SessionOutput> reader;

  RecordedLoad(EmbeddedStack stack) {
    this.stack = stack;
    this.writer =
        new SessionWriter(
            stack.bootstrap(),
            Topics.DEFAULT.input(),
            MAX_PARALLELISM,
            LoadClients.GATHERING.producer());
    this.reader =
        SessionReader.fromNowOn(
            stack.bootstrap(),
            Topics.DEFAULT.frames(),
            RecordCodec.output(),
            LoadClients.GATHERING.consumer());
  }

  /** Plays sessions to their ends and returns how many video frames came back. */
  long play(List<BenchSessions.Script> scripts) throws IOException, InterruptedException {
    Thread sender = new Thread(() -> send(scripts), "bench-sender");
    sender.setDaemon(true);
    sender.start();
    Set<String> open = new HashSet<>();
    scripts.forEach(script -> open.add(script.key().toString()));
    long frames = 0;
    long lastNews = System.nanoTime();
    while (!open.isEmpty()) {
      List<SessionOutput> outputs = poll();
      for (SessionOutput output : outputs) {
        if (output.getBody() instanceof EncodedFrame frame) {
          frames += frame.getTrack() == Track.VIDEO ? 1 : 0;
        } else if (output.getBody() instanceof StreamMark mark
            && mark.getBody() instanceof CloseMark) {
          open.remove(output.getSessionKey());
        }
      }
      if (!outputs.isEmpty()) {
        lastNews = System.nanoTime();
      } else if (System.nanoTime() - lastNews > STALL.toNanos() || stack.failure().isPresent()) {
        throw stalled(stack.failure());
      }
    }
    sender.join();
    return frames;
  }

  private static IOException stalled(Optional<String> failure) {
    return new IOException(
        failure
            .map(cause -> "The embedded job stopped: " + cause)
            .orElse(
                "No frame came for %d s; run again with -v to see what the engine does."
                    .formatted(STALL.toSeconds())));
  }

  private List<SessionOutput> poll() throws IOException {
    try {
      return reader.poll(POLL);
    } catch (MalformedRecordException e) {
      throw new IOException("The frames topic has a record that cannot be read.", e);
    }
  }

  /** All sessions speak at once: the first chunk of each, then the second of each. */
  private void send(List<BenchSessions.Script> scripts) {
    int longest = scripts.stream().mapToInt(script -> script.bodies().size()).max().orElse(0);
    for (int i = 0; i < longest; i++) {
      for (BenchSessions.Script script : scripts) {
        if (i < script.bodies().size()) {
          writer.send(script.key(), script.bodies().get(i));
        }
      }
    }
    writer.flush();
  }

  @Override
  public void close() {
    try (reader) {
      writer.close();
    }
  }
}
