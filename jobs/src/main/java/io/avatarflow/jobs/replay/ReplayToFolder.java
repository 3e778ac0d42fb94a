package io.avatarflow.jobs.replay;

import io.avatarflow.jobs.client.DistinctReader;
import io.avatarflow.jobs.local.EmbeddedStack;
import io.avatarflow.jobs.render.Progress;
import io.avatarflow.schemas.CloseMark;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.MalformedRecordException;
import io.avatarflow.schemas.RecordCodec;
import io.avatarflow.schemas.RecordedMessage;
import io.avatarflow.schemas.SessionEvent;
import io.avatarflow.schemas.SessionEventType;
import io.avatarflow.schemas.SessionKey;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.StreamMark;
import io.avatarflow.schemas.Topics;
import io.avatarflow.schemas.Track;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Replays a recording through the graph in this process, and exports every session to a folder: the
 * video, a line of JSON for each record, and the records, so that the result is a recording too.
 */
public final class ReplayToFolder {
  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration STALL = Duration.ofMinutes(2);

  private final ReplayRequest request;
  private final RecordingFolder out;
  private final Progress progress;

  private final Map<String, SessionExport> open = new HashMap<>();
  private final Set<String> ended = new HashSet<>();
  private final List<String> refused = new ArrayList<>();
  private final MessageLogWriters logs = new MessageLogWriters();
  private long records;
  private long videoFrames;
  private long firstFrameNanos;
  private long lastFrameNanos;

  /**
   * @param out where the sessions go
   */
  public ReplayToFolder(ReplayRequest request, RecordingFolder out, Progress progress) {
    this.request = request;
    this.out = out;
    this.progress = progress;
  }

  /**
   * What came of a replay.
   *
   * @param sessions how many ended
   * @param refused why others were refused, a sentence each
   * @param videoFrames video frames of all sessions
   * @param wallSeconds from the first to the last frame
   */
  public record Summary(int sessions, List<String> refused, long videoFrames, double wallSeconds) {}

  /** Replays; the files are there when this returns. */
  public Summary run() throws IOException {
    List<SessionKey> keys = request.recording().sessions();
    int sessions = keys.size();
    for (SessionKey key : keys) {
      Files.deleteIfExists(out.output(key).file());
    }
    progress.phase("starting Kafka and Flink");
    List<String> arguments = ReplayJob.arguments(request);
    arguments.addAll(List.of("--checkpoint-interval", "0 s"));
    arguments.addAll(request.jobOptions());
    try (EmbeddedStack stack = EmbeddedStack.startKeepingAll(request.parallelism(), arguments);
        RecordingFeeder feeder =
            new RecordingFeeder(
                request.recording(),
                stack.bootstrap(),
                Topics.DEFAULT.input(),
                ReplayJob.MAX_PARALLELISM,
                request.asLived(),
                request.speed())) {
      AtomicReference<Exception> failure = new AtomicReference<>();
      Thread thread =
          new Thread(
              () -> {
                try {
                  feeder.feed();
                } catch (IOException | RuntimeException e) {
                  failure.set(e);
                }
              },
              "recording-feeder");
      thread.setDaemon(true);
      thread.start();
      try {
        collect(stack, sessions, failure);
      } finally {
        thread.interrupt();
      }
    } finally {
      logs.close();
      for (SessionExport export : open.values()) {
        export.close();
      }
    }
    return new Summary(
        ended.size() - refused.size(),
        List.copyOf(refused),
        videoFrames,
        (lastFrameNanos - firstFrameNanos) / 1e9);
  }

  private void collect(EmbeddedStack stack, int sessions, AtomicReference<Exception> failure)
      throws IOException {
    long lastNews = System.nanoTime();
    try (DistinctReader frames = new DistinctReader(stack.bootstrap(), Topics.DEFAULT.frames());
        io.avatarflow.jobs.client.SessionReader<SessionEvent> events =
            new io.avatarflow.jobs.client.SessionReader<>(
                stack.bootstrap(), Topics.DEFAULT.events(), RecordCodec.event())) {
      while (ended.size() < sessions) {
        List<DistinctReader.Taken> records = frames.poll(POLL);
        for (DistinctReader.Taken record : records) {
          add(record);
        }
        for (SessionEvent event : events.poll(Duration.ZERO)) {
          refuse(event);
        }
        progress.frames(videoFrames, 0);
        if (!records.isEmpty() || !Double.isInfinite(request.speed())) {
          lastNews = System.nanoTime();
        }
        check(stack, failure, lastNews);
      }
    } catch (MalformedRecordException e) {
      throw new IOException("The replay made a record that cannot be read: " + e.getMessage(), e);
    }
  }

  private void add(DistinctReader.Taken record) throws IOException {
    SessionOutput output = record.output();
    String key = output.getSessionKey();
    SessionExport export = open.get(key);
    if (export == null) {
      export = new SessionExport(out, SessionKey.parse(key));
      open.put(key, export);
    }
    if (record.show()) {
      export.add(output);
      logs.append(
          out.output(SessionKey.parse(key)),
          new RecordedMessage(
              0,
              records++,
              System.currentTimeMillis(),
              ByteBuffer.wrap(RecordCodec.output().encode(output))));
    }
    if (output.getBody() instanceof EncodedFrame frame && frame.getTrack() == Track.VIDEO) {
      lastFrameNanos = System.nanoTime();
      firstFrameNanos = videoFrames++ == 0 ? lastFrameNanos : firstFrameNanos;
    }
    if (output.getBody() instanceof StreamMark mark && mark.getBody() instanceof CloseMark) {
      export.finish();
      open.remove(key);
      ended.add(key);
    }
  }

  private void refuse(SessionEvent event) {
    if (event.getType() == SessionEventType.REFUSED && ended.add(event.getSessionKey())) {
      refused.add("%s: %s".formatted(event.getSessionKey(), event.getDetail()));
    }
  }

  private static void check(EmbeddedStack stack, AtomicReference<Exception> failure, long lastNews)
      throws IOException {
    if (failure.get() != null) {
      throw new IOException(failure.get().getMessage(), failure.get());
    }
    if (stack.failure().isPresent()) {
      throw new IOException("The job failed: " + stack.failure().get());
    }
    if (System.nanoTime() - lastNews > STALL.toNanos()) {
      throw new IOException(
          "Nothing came for %d s, and sessions are still open; look at -v."
              .formatted(STALL.toSeconds()));
    }
  }
}
