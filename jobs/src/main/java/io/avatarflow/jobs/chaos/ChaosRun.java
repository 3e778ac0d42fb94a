package io.avatarflow.jobs.chaos;

import io.avatarflow.jobs.AvatarJobOptions;
import io.avatarflow.jobs.bench.BenchResult;
import io.avatarflow.jobs.bench.BenchSessions;
import io.avatarflow.jobs.bench.BundledSpeech;
import io.avatarflow.jobs.bench.LoadClients;
import io.avatarflow.jobs.chaos.LocalCell.Layout;
import io.avatarflow.jobs.client.SessionWriter;
import io.avatarflow.jobs.local.Folders;
import io.avatarflow.jobs.options.GraphOptions.Topology;
import io.avatarflow.jobs.render.Progress;
import io.avatarflow.jobs.replay.RecordingFolder;
import io.avatarflow.jobs.replay.ReplayRequest;
import io.avatarflow.jobs.replay.ReplayToFolder;
import io.avatarflow.jobs.replay.ReplayVerification;
import io.avatarflow.jobs.replay.SessionSelection;
import io.avatarflow.jobs.replay.TopicRecorder;
import io.avatarflow.operators.pack.ModelPack;
import io.avatarflow.schemas.SessionKey;
import io.avatarflow.schemas.SessionPartitioner;
import io.avatarflow.schemas.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Runs one {@link ChaosCase}: a fresh cell, live sessions of a pack that talk, the harm in their
 * middle, and figures of what viewers noticed.
 *
 * <p>The pictures that viewers were shown are compared with those of a replay of the same run that
 * repeats what was decided by the clock, and those that were made twice with one another.
 */
public final class ChaosRun {
  private static final int MAX_PARALLELISM = 60;
  private static final SessionSelection TALKING =
      new SessionSelection(
          Optional.empty(), Optional.empty(), Optional.empty(), Optional.of("chaos"));
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private static final int FRAMES_A_SECOND = 25;

  /**
   * How often the job manager is asked before the harm, so that neither it nor the viewers' process
   * loads what that takes while sessions are taken over.
   */
  private static final int QUESTIONS = 20;

  /** A gap above this is one that a viewer notices. */
  private static final double TOUCHED_SECONDS = 0.5;

  private final Path script;
  private final Path first;
  private final Path state;
  private final String pack;
  private final Topology topology;
  private final int sessions;
  private final int warmUpSeconds;
  private final Consumer<String> progress;

  /**
   * @param script {@code docker/local-cluster.sh}
   * @param first the script that starts the cell, the same one or another build's
   * @param state a folder for the cell, empty or of an earlier run
   * @param pack bundled pack that the sessions use
   * @param topology of the job
   * @param sessions how many talk
   * @param warmUpSeconds of pictures before the harm; three task managers on two cores need a
   *     hundred for the compilers to be done with most of the code, and are short of cores until
   *     then
   * @param progress told what goes on
   */
  public ChaosRun(
      Path script,
      Path first,
      Path state,
      String pack,
      Topology topology,
      int sessions,
      int warmUpSeconds,
      Consumer<String> progress) {
    this.script = script;
    this.first = first;
    this.state = state;
    this.pack = pack;
    this.topology = topology;
    this.sessions = sessions;
    this.warmUpSeconds = warmUpSeconds;
    this.progress = progress;
  }

  /** Figures of a case, under ids that begin with the case's. */
  public List<BenchResult.Line> run(ChaosCase chaos) throws IOException, InterruptedException {
    progress.accept("%s: %s; starting the cell".formatted(chaos.id(), chaos.what()));
    List<String> job = jobOptions();
    try (Relay relay = Relay.open();
        ModelPack model = ModelPack.load(pack)) {
      Layout layout = chaos.needsRelay() ? chaos.layout(job).through(relay) : chaos.layout(job);
      try (LocalCell cell = LocalCell.start(first, state, layout);
          SessionWriter writer =
              new SessionWriter(
                  cell.bootstrap(),
                  Topics.DEFAULT.input(),
                  MAX_PARALLELISM,
                  LoadClients.GATHERING.producer())) {
        return run(
            chaos,
            layout,
            cell,
            writer,
            new BenchSessions(model, BundledSpeech.load()),
            Optional.of(relay));
      }
    }
  }

  /** The job gathers like the speakers and viewers, which share the cores with it. */
  private List<String> jobOptions() {
    List<String> options =
        new ArrayList<>(
            List.of(
                "--pack",
                pack,
                "--topology",
                word(topology),
                "--pacing",
                "realtime",
                "--ladder",
                "false"));
    for (Properties client :
        List.of(LoadClients.GATHERING.producer(), LoadClients.GATHERING.consumer())) {
      for (String name : new TreeSet<>(client.stringPropertyNames())) {
        options.addAll(
            List.of("--" + AvatarJobOptions.KAFKA_PREFIX + name, client.getProperty(name)));
      }
    }
    return options;
  }

  private static String word(Topology topology) {
    return topology.name().toLowerCase(Locale.ROOT);
  }

  private List<BenchResult.Line> run(
      ChaosCase chaos,
      Layout layout,
      LocalCell cell,
      SessionWriter writer,
      BenchSessions content,
      Optional<Relay> relay)
      throws IOException, InterruptedException {
    List<SessionKey> keys;
    List<SessionKey> own;
    Viewers viewers = new Viewers(cell.bootstrap());
    try (viewers;
        TalkingSessions talking = new TalkingSessions(writer, content, sessions)) {
      keys = talking.keys();
      viewers.await(
          "%d seconds of every session".formatted(warmUpSeconds),
          keys,
          PATIENCE,
          seen -> seen.frames() >= (long) warmUpSeconds * FRAMES_A_SECOND);
      List<String> placement = cell.placement();
      // Any other may hold no session at all when there are few.
      String victim = home(keys.get(0), placement);
      own = keys.stream().filter(key -> home(key, placement).equals(victim)).toList();
      Scene scene = new Scene(script, cell, layout, victim, writer, viewers, keys, relay);
      chaos.settle(scene);
      for (int i = 0; i < QUESTIONS; i++) {
        cell.awaitRunning();
      }
      progress.accept("%s: %d sessions talk; now the harm".formatted(chaos.id(), keys.size()));
      viewers.watchGaps();
      chaos.strike(scene);
      scene.awaitProgress();
      talking.finish();
      viewers.await("the end of every session", keys, PATIENCE, SeenSession::closed);
    }
    RecordingFolder lived = new RecordingFolder(fresh("lived"));
    new TopicRecorder(cell.bootstrap(), new Properties())
        .record(Topics.DEFAULT.input(), Optional.of(Topics.DEFAULT.frames()), TALKING, lived);
    cell.close();
    progress.accept("%s: the same again, as it was lived".formatted(chaos.id()));
    return figures(chaos, viewers, keys, own, again(lived));
  }

  /**
   * What a replay tells of a run.
   *
   * @param mismatches pictures that differ
   * @param rejected input records that neither could use
   */
  private record Again(long mismatches, long rejected) {}

  private Again again(RecordingFolder lived) throws IOException {
    RecordingFolder again = new RecordingFolder(fresh("again"));
    ReplayRequest request =
        new ReplayRequest(
            lived,
            Optional.of(pack),
            true,
            Double.POSITIVE_INFINITY,
            1,
            List.of(),
            Optional.empty());
    ReplayToFolder.Summary summary;
    try (Progress silent = Progress.toStderr(false)) {
      summary = new ReplayToFolder(request, again, silent).run();
    }
    summary.firstReject().ifPresent(progress);
    ReplayVerification verification = ReplayVerification.of(lived, again);
    verification.differences().forEach(progress);
    return new Again(verification.mismatches(), summary.rejects());
  }

  /** An empty folder beside the cell's. */
  private Path fresh(String what) throws IOException {
    Path folder = state.resolveSibling(state.getFileName() + "-" + what);
    if (Files.exists(folder)) {
      Folders.delete(folder);
    }
    return Files.createDirectories(folder);
  }

  /** The task manager where a session lives. */
  private static String home(SessionKey key, List<String> placement) {
    int keyGroup = SessionPartitioner.keyGroup(key.toString(), MAX_PARALLELISM);
    return placement.get(keyGroup * placement.size() / MAX_PARALLELISM);
  }

  private List<BenchResult.Line> figures(
      ChaosCase chaos, Viewers viewers, List<SessionKey> keys, List<SessionKey> own, Again again) {
    long lost = 0;
    long repeated = 0;
    long shownTwice = 0;
    long mismatches = again.mismatches();
    long touched = 0;
    List<Double> gaps = new ArrayList<>();
    for (int i = 0; i < keys.size(); i++) {
      SeenSession seen = viewers.seen(keys.get(i));
      lost += seen.lost();
      repeated += seen.repeated();
      shownTwice += seen.shownTwice();
      mismatches += seen.conflicts();
      touched += seen.longestGapSeconds() > TOUCHED_SECONDS ? 1 : 0;
      gaps.add(seen.longestGapSeconds());
    }
    String id = chaos.id();
    List<BenchResult.Line> lines = new ArrayList<>();
    lines.add(count(id + ".lost", "frames", lost));
    lines.add(count(id + ".duplicated", "frames", shownTwice));
    lines.add(count(id + ".pixel_mismatches", "frames", mismatches));
    lines.add(count(id + ".rejected", "records", again.rejected()));
    lines.add(count(id + ".repeated", "frames", repeated));
    lines.add(count(id + ".sessions_touched", "sessions", touched));
    lines.add(line(id + ".longest_gap_s", "s", percentile(gaps, 1)));
    if (chaos == ChaosCase.KILL || chaos == ChaosCase.STOP) {
      List<Double> theirs = gaps(viewers, own);
      List<SessionKey> others = keys.stream().filter(key -> !own.contains(key)).toList();
      lines.add(line(id + ".own_gap_p95_s", "s", percentile(theirs, 0.95)));
      // With one exchange between all subtasks the whole job restarts, so these stand still too.
      String whose = topology == Topology.LANES ? ".others_gap_s" : ".keyed_others_gap_s";
      lines.add(line(id + whose, "s", percentile(gaps(viewers, others), 1)));
    } else if (chaos == ChaosCase.RESCALE) {
      lines.add(line("%s.%s_gap_p95_s".formatted(id, word(topology)), "s", percentile(gaps, 0.95)));
    }
    return lines;
  }

  private static List<Double> gaps(Viewers viewers, List<SessionKey> keys) {
    return keys.stream().map(key -> viewers.seen(key).longestGapSeconds()).toList();
  }

  private static double percentile(List<Double> values, double share) {
    List<Double> sorted = values.stream().sorted().toList();
    return sorted.isEmpty()
        ? Double.NaN
        : sorted.get(Math.max(0, (int) Math.ceil(share * sorted.size()) - 1));
  }

  private static BenchResult.Line count(String measure, String unit, long value) {
    return line(measure, unit, (double) value);
  }

  private static BenchResult.Line line(String measure, String unit, double value) {
    return BenchResult.Line.of(measure, unit, List.of(value));
  }
}
