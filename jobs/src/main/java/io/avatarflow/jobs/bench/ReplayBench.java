package io.avatarflow.jobs.bench;

import io.avatarflow.jobs.bench.LiveSpeaker.Habits;
import io.avatarflow.jobs.bench.LiveStack.Group;
import io.avatarflow.jobs.client.SessionReader;
import io.avatarflow.jobs.local.EmbeddedStack;
import io.avatarflow.jobs.local.Folders;
import io.avatarflow.jobs.render.Progress;
import io.avatarflow.jobs.replay.RecordingFolder;
import io.avatarflow.jobs.replay.ReplayRequest;
import io.avatarflow.jobs.replay.ReplayToFolder;
import io.avatarflow.jobs.replay.ReplayVerification;
import io.avatarflow.jobs.replay.SessionSelection;
import io.avatarflow.jobs.replay.TopicRecorder;
import io.avatarflow.operators.pack.ModelPack;
import io.avatarflow.schemas.CloseMark;
import io.avatarflow.schemas.MalformedRecordException;
import io.avatarflow.schemas.RecordCodec;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.StreamMark;
import io.avatarflow.schemas.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Whether a replay makes the pictures of the live run again, whatever the batches and the
 * parallelism; whether a topic gets them exactly once although a task manager is lost; and how fast
 * a replay is.
 */
public final class ReplayBench {
  private static final int CORES = Runtime.getRuntime().availableProcessors();
  private static final int FEWEST_ROUNDS = 2;
  private static final int MOST_ROUNDS = 10;

  /** Speed is measured over so many times the sound: a job takes half a second to start. */
  private static final int LONGER = 9;

  private static final int CHUNK_SAMPLES = BundledSpeech.RATE / 5;
  private static final Duration SETTLE = Duration.ofSeconds(1);
  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(60);

  private final Consumer<String> progress;

  /**
   * @param progress told of each part
   */
  public ReplayBench(Consumer<String> progress) {
    this.progress = progress;
  }

  /**
   * How much is played.
   *
   * @param pack the model pack
   * @param sessions at once
   * @param seconds of each
   * @param batches most rows of a batch in the replays that are compared; 0 for the pack's own
   * @param warm whether the speed is measured behind a warm-up
   * @param runs of the speed
   */
  public record Load(
      String pack, int sessions, int seconds, List<Integer> batches, boolean warm, int runs) {
    private int speedSeconds() {
      return warm ? LONGER * seconds : seconds;
    }
  }

  /** Measures one pack. */
  public List<BenchResult.Line> run(Load load) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("avatarflow-bench-");
    Measurements measurements = new Measurements();
    try (ModelPack pack = ModelPack.load(load.pack())) {
      RecordingFolder lived = live(pack, load, folder.resolve("lived"));
      sameAgain(load, lived, folder, measurements);
      exactlyOnce(lived, measurements);
      speed(pack, load, folder, measurements);
    } finally {
      Folders.delete(folder);
    }
    return measurements.lines();
  }

  /** Sessions that talk and sessions that are interrupted, as their cell recorded them. */
  private RecordingFolder live(ModelPack pack, Load load, Path folder)
      throws IOException, InterruptedException {
    progress.accept("%s: %d live sessions".formatted(load.pack(), load.sessions()));
    int talking = (load.sessions() + 1) / 2;
    List<Group> groups = new ArrayList<>();
    groups.add(Group.of("talking", talking, Habits.TALKING, SETTLE));
    if (load.sessions() > talking) {
      groups.add(Group.of("barged-in", load.sessions() - talking, Habits.BARGED_IN, SETTLE));
    }
    try (LiveStack stack = LiveStack.start(pack, load.pack(), List.of(), LoadClients.PROMPT)) {
      stack.play(groups, SETTLE, Duration.ofSeconds(load.seconds()));
      awaitClosed(stack.bootstrap(), load.sessions());
      return record(stack.bootstrap(), folder);
    }
  }

  private void sameAgain(Load load, RecordingFolder lived, Path folder, Measurements measurements)
      throws IOException {
    double least = 100;
    for (int parallelism : List.of(1, 2)) {
      for (int batch : load.batches()) {
        String name = "batch-%d-parallelism-%d".formatted(batch, parallelism);
        progress.accept("%s: as lived, %s".formatted(load.pack(), name));
        RecordingFolder again = new RecordingFolder(folder.resolve(name));
        ReplayToFolder.Summary summary = replay(lived, again, batch, parallelism);
        ReplayVerification verification = ReplayVerification.of(lived, again);
        if (!verification.isEqual()) {
          verification.differences().forEach(progress);
        }
        double equal = verification.equalPercent();
        least = Math.min(least, equal);
        if (batch == 0 && parallelism == 1) {
          measurements.add("replay.as_lived_equal", "percent", equal);
          measurements.add("replay.as_lived_frames", "frames", (double) summary.videoFrames());
        }
        Folders.delete(again.root());
      }
    }
    measurements.add("determinism.equal", "percent", least);
    measurements.add("determinism.replays", "replays", 2.0 * load.batches().size());
  }

  private void exactlyOnce(RecordingFolder lived, Measurements measurements) throws IOException {
    progress.accept("into a topic, a task manager is lost in the middle");
    ExactlyOnceTrial.Outcome outcome = ExactlyOnceTrial.run(lived);
    boolean proven = outcome.restarts() > 0;
    measurements.add("replay.eo_duplicates", "frames", proven ? outcome.duplicates() : Double.NaN);
    measurements.add("replay.eo_losses", "frames", proven ? outcome.losses() : Double.NaN);
    measurements.add("replay.eo_frames", "frames", (double) outcome.frames());
    measurements.add("replay.eo_restarts", "restarts", (double) outcome.restarts());
  }

  private void speed(ModelPack pack, Load load, Path folder, Measurements measurements)
      throws IOException, InterruptedException {
    BenchSessions sessions = new BenchSessions(pack, BundledSpeech.load());
    RecordingFolder recorded;
    try (EmbeddedStack stack =
            EmbeddedStack.startKeepingAll(
                1, List.of("--pack", load.pack(), "--start-from", "earliest"));
        RecordedLoad through = new RecordedLoad(stack)) {
      through.play(
          sessions.recorded("recorded", load.sessions(), load.speedSeconds(), CHUNK_SAMPLES));
      recorded = record(stack.bootstrap(), folder.resolve("recorded"));
    }
    WarmUp.of(load.warm(), FEWEST_ROUNDS, MOST_ROUNDS)
        .play(
            load.pack(),
            progress,
            () -> {
              loop(sessions, load);
              replay(recorded, folder);
            });
    for (int run = 1; run <= load.runs(); run++) {
      progress.accept("%s: speed, run %d of %d".formatted(load.pack(), run, load.runs()));
      double loop = loop(sessions, load);
      double replay = replay(recorded, folder);
      measurements.add("replay.speed_ratio", "ratio", replay / loop);
      measurements.add("replay.fps", "frames/s", replay);
      measurements.add("replay.loop_fps", "frames/s", loop);
    }
  }

  /** Frames a second of plain loops, one a core. */
  private static double loop(BenchSessions sessions, Load load)
      throws IOException, InterruptedException {
    return LoopThroughput.framesPerSecond(
        OverheadBench.settings(List.of("--pack", load.pack())),
        sessions.recorded("loop", load.sessions(), load.speedSeconds(), CHUNK_SAMPLES),
        CORES);
  }

  /** Frames a second of a replay into a folder. */
  private static double replay(RecordingFolder recorded, Path folder) throws IOException {
    RecordingFolder again = new RecordingFolder(folder.resolve("speed"));
    ReplayToFolder.Summary summary = replay(recorded, again, 0, 1);
    Folders.delete(again.root());
    return summary.videoFrames() / summary.wallSeconds();
  }

  /** A busy machine may still be at work when the last speaker has closed. */
  private static void awaitClosed(String bootstrap, int sessions) throws IOException {
    Set<String> closed = new HashSet<>();
    long end = System.nanoTime() + CLOSE_PATIENCE.toNanos();
    try (SessionReader<SessionOutput> reader =
        new SessionReader<>(bootstrap, Topics.DEFAULT.frames(), RecordCodec.output())) {
      while (closed.size() < sessions) {
        if (System.nanoTime() > end) {
          throw new IOException(
              "%d of %d live sessions did not close within %d s; run again with -v."
                  .formatted(sessions - closed.size(), sessions, CLOSE_PATIENCE.toSeconds()));
        }
        for (SessionOutput output : reader.poll(Duration.ofMillis(100))) {
          if (output.getBody() instanceof StreamMark mark && mark.getBody() instanceof CloseMark) {
            closed.add(output.getSessionKey());
          }
        }
      }
    } catch (MalformedRecordException e) {
      throw new IOException("The frames topic has a record that cannot be read.", e);
    }
  }

  private static RecordingFolder record(String bootstrap, Path folder) throws IOException {
    RecordingFolder recording = new RecordingFolder(Files.createDirectory(folder));
    new TopicRecorder(bootstrap, new Properties())
        .record(
            Topics.DEFAULT.input(),
            Optional.of(Topics.DEFAULT.frames()),
            SessionSelection.ALL,
            recording);
    return recording;
  }

  private static ReplayToFolder.Summary replay(
      RecordingFolder recording, RecordingFolder out, int batch, int parallelism)
      throws IOException {
    List<String> options =
        List.of(
            "--device.batch", Integer.toString(batch),
            "--device.workers", Integer.toString(CORES),
            "--cpu-pool.threads", Integer.toString(CORES));
    ReplayRequest request = request(recording, parallelism, options);
    return new ReplayToFolder(request, out, Progress.silent()).run();
  }

  static ReplayRequest request(RecordingFolder recording, int parallelism, List<String> options) {
    return new ReplayRequest(
        recording,
        Optional.empty(),
        true,
        Double.POSITIVE_INFINITY,
        parallelism,
        options,
        Optional.empty());
  }
}
