package io.avatarflow.jobs.replay;

import io.avatarflow.jobs.AvatarJobArguments;
import io.avatarflow.jobs.local.EmbeddedFlink;
import io.avatarflow.jobs.local.Folders;
import io.avatarflow.jobs.render.Progress;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.schemas.SessionKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Replays a recording through the graph in this process, and exports every session to a folder: the
 * video, a line of JSON for each record, and the records, so that the result is a recording too.
 *
 * <p>The job is the one that serves topics, but for its ends: it reads the recording and gives what
 * it makes to the export over a {@link ReplayLine}, and ends by itself behind the last record.
 */
public final class ReplayToFolder {
  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration STALL = Duration.ofMinutes(2);

  /** The job's command line wants brokers; nothing here asks them for anything. */
  private static final String NO_BROKER = "127.0.0.1:1";

  private final ReplayRequest request;
  private final RecordingFolder out;
  private final Progress progress;

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
   * @param refused why others made no frames, a sentence each
   * @param rejects input records that could not be used
   * @param firstReject why the first of them could not; empty without one
   * @param videoFrames video frames of all sessions
   * @param wallSeconds from the first to the last frame
   */
  public record Summary(
      int sessions,
      List<String> refused,
      long rejects,
      Optional<String> firstReject,
      long videoFrames,
      double wallSeconds) {}

  /** Replays; the files are there when this returns. */
  public Summary run() throws IOException {
    List<SessionKey> keys = request.recording().sessions();
    for (SessionKey key : keys) {
      Files.deleteIfExists(out.output(key).file());
    }
    progress.phase("starting Flink");
    Path folder = Files.createTempDirectory("avatarflow-");
    try (ReplayExports exports = new ReplayExports(out);
        ReplayLine line = ReplayLine.open();
        EmbeddedFlink flink = EmbeddedFlink.start(folder, arguments(), new LineEnds(line.id()))) {
      AtomicReference<Exception> failure = new AtomicReference<>();
      Thread feeder = new Thread(() -> feed(line, failure), "recording-feeder");
      feeder.setDaemon(true);
      feeder.start();
      try {
        collect(flink, line, exports, failure);
      } finally {
        feeder.interrupt();
      }
      return exports.summary(keys);
    } finally {
      Folders.delete(folder);
    }
  }

  private AvatarJobArguments arguments() throws IOException {
    List<String> arguments = ReplayJob.arguments(request);
    arguments.addAll(List.of("--bootstrap", NO_BROKER, "--checkpoint-interval", "0 s"));
    arguments.addAll(request.jobOptions());
    return AvatarJobArguments.parse(arguments.toArray(String[]::new));
  }

  private void feed(ReplayLine line, AtomicReference<Exception> failure) {
    try (Staging staging = new StagingLine(line)) {
      new RecordingFeeder(request.recording(), staging, request.asLived(), request.speed()).feed();
    } catch (IOException | RuntimeException e) {
      failure.set(e);
    }
  }

  private void collect(
      EmbeddedFlink flink,
      ReplayLine line,
      ReplayExports exports,
      AtomicReference<Exception> failure)
      throws IOException {
    long lastNews = System.nanoTime();
    boolean finished = false;
    List<SessionRecord> records = List.of();
    while (!finished || !records.isEmpty()) {
      // Asked for first: what a finished job made is there.
      finished = flink.isFinished();
      records = take(line, finished ? Duration.ZERO : POLL);
      for (SessionRecord record : records) {
        exports.add(record);
      }
      progress.frames(exports.videoFrames(), 0);
      if (failure.get() != null) {
        throw new IOException(failure.get().getMessage(), failure.get());
      }
      if (!records.isEmpty() || !Double.isInfinite(request.speed())) {
        lastNews = System.nanoTime();
      }
      if (System.nanoTime() - lastNews > STALL.toNanos()) {
        throw new IOException(
            "Nothing came for %d s, and the replay is not over; look at -v."
                .formatted(STALL.toSeconds()));
      }
    }
  }

  private static List<SessionRecord> take(ReplayLine line, Duration timeout) throws IOException {
    try {
      return line.take(timeout);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted; the sessions that are complete stay.", e);
    }
  }
}
