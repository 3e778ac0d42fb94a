package io.avatarflow.jobs.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.jobs.AvatarJob;
import io.avatarflow.jobs.AvatarJobArguments;
import io.avatarflow.jobs.bench.BenchSessions;
import io.avatarflow.jobs.bench.BundledSpeech;
import io.avatarflow.jobs.client.DistinctReader;
import io.avatarflow.jobs.client.DistinctSessions;
import io.avatarflow.jobs.client.SessionWriter;
import io.avatarflow.operators.pack.ModelPack;
import io.avatarflow.schemas.CloseMark;
import io.avatarflow.schemas.CloseMode;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.SessionClose;
import io.avatarflow.schemas.SessionKey;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.SessionSource;
import io.avatarflow.schemas.StreamMark;
import io.avatarflow.schemas.Topics;
import io.avatarflow.schemas.Track;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * A broker, a Flink cluster of two workers in this process, the job with the pack {@code probe},
 * and a viewer who takes each frame once.
 */
final class MiniCell implements AutoCloseable {
  /** Samples of half of what a session says. */
  static final int HALF_SAMPLES = 2 * BundledSpeech.RATE;

  private static final int CHUNK = BundledSpeech.RATE / 10;
  private static final Topics TOPICS = Topics.DEFAULT;

  private final Path folder;
  private final ModelPack pack = ModelPack.load("probe");
  private final BenchSessions content;
  private final EmbeddedBroker broker;
  private final MiniCluster cluster;
  private final SessionWriter writer;
  private final DistinctReader reader;
  private JobID job;

  private final Map<String, Map<String, Long>> taken = new HashMap<>();
  private final Set<String> restored = new HashSet<>();
  private final Set<String> closed = new HashSet<>();
  private final List<String> shownTwice = new ArrayList<>();

  /** Starts all but the job. */
  MiniCell(Path folder) throws Exception {
    this.folder = folder;
    content = new BenchSessions(pack, BundledSpeech.load());
    broker = EmbeddedBroker.start(Files.createDirectory(folder.resolve("kafka")), 0);
    broker.createTopics(EmbeddedStack.topics(12));
    cluster = cluster(Files.createDirectory(folder.resolve("flink")));
    cluster.start();
    writer = new SessionWriter(broker.bootstrap(), TOPICS.input(), 60);
    reader = new DistinctReader(broker.bootstrap(), TOPICS.frames());
  }

  private static MiniCluster cluster(Path folder) {
    Configuration flink = new Configuration();
    flink.set(CoreOptions.TMP_DIRS, folder.toString());
    flink.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(16));
    flink.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(16));
    flink.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ZERO);
    flink.set(RestOptions.BIND_PORT, "0");
    return new MiniCluster(
        new MiniClusterConfiguration.Builder()
            .setConfiguration(flink)
            .setNumTaskManagers(2)
            .setNumSlotsPerTaskManager(1)
            .build());
  }

  /** Starts the job. */
  void submit(String... options) throws Exception {
    List<String> all =
        new ArrayList<>(
            List.of(
                "--bootstrap", broker.bootstrap(),
                "--pack", "probe",
                "--start-from", "earliest",
                "--rehearsal", "false",
                "--checkpoint-interval", "200 ms",
                "--parallelism", "2",
                "--flink.execution.checkpointing.dir",
                    folder.resolve("checkpoints").toUri().toString(),
                "--flink.restart-strategy.type", "fixed-delay",
                "--flink.restart-strategy.fixed-delay.attempts", "1000",
                "--flink.restart-strategy.fixed-delay.delay", "0 ms"));
    all.addAll(List.of(options));
    AvatarJobArguments arguments = AvatarJobArguments.parse(all.toArray(String[]::new));
    StreamExecutionEnvironment env = new StreamExecutionEnvironment(arguments.flink());
    AvatarJob.build(env, arguments);
    job =
        cluster.submitJob(env.getStreamGraph().getJobGraph()).get(60, TimeUnit.SECONDS).getJobID();
  }

  /** Takes a worker away and gives another one. */
  void loseAWorker() throws Exception {
    cluster.terminateTaskManager(0).get(60, TimeUnit.SECONDS);
    cluster.startTaskManager();
  }

  /** Stops the job with a savepoint and returns its URI. */
  String stopWithSavepoint(Path target) throws Exception {
    return cluster
        .stopWithSavepoint(job, target.toUri().toString(), false, SavepointFormatType.CANONICAL)
        .get(60, TimeUnit.SECONDS);
  }

  /** Keys of the sessions of a run; equal numbers say the same with the same seed. */
  static List<SessionKey> keys(String run, int sessions) {
    return IntStream.range(0, sessions).mapToObj(i -> new SessionKey(run, "s" + i)).toList();
  }

  void open(List<SessionKey> keys) {
    for (int i = 0; i < keys.size(); i++) {
      writer.send(keys.get(i), content.open(i, SessionSource.RECORDED));
    }
  }

  /** Has sessions say the first half, from 0, or the second. */
  void speak(List<SessionKey> keys, int from) {
    for (int first = from; first < from + HALF_SAMPLES; first += CHUNK) {
      for (int i = 0; i < keys.size(); i++) {
        writer.send(keys.get(i), content.speech().chunk(i, first, 0, first, CHUNK, false));
      }
    }
    writer.flush();
  }

  void drain(List<SessionKey> keys) {
    keys.forEach(key -> writer.send(key, new SessionClose(CloseMode.DRAIN)));
    writer.flush();
  }

  /** Watches until something is true. */
  void watch(BooleanSupplier until) throws Exception {
    long end = System.nanoTime() + Duration.ofMinutes(2).toNanos();
    while (!until.getAsBoolean()) {
      assertThat(System.nanoTime()).as("frames come in time").isLessThan(end);
      for (DistinctSessions.Taken record : reader.poll(Duration.ofMillis(100))) {
        take(record);
      }
    }
  }

  private void take(DistinctSessions.Taken record) {
    SessionOutput output = record.output();
    String key = output.getSessionKey();
    if (output.getAttempt() > 0) {
      restored.add(key);
    }
    if (output.getBody() instanceof StreamMark mark && mark.getBody() instanceof CloseMark) {
      closed.add(key);
    } else if (output.getBody() instanceof EncodedFrame frame && record.show()) {
      String id = frame.getTrack() + " " + frame.getIndex();
      // Audio has no hash: the encoder begins anew, which is not heard, but is other bytes.
      long hash = frame.getTrack() == Track.VIDEO ? frame.getPixelHash() : 0;
      if (taken.computeIfAbsent(key, k -> new HashMap<>()).put(id, hash) != null) {
        shownTwice.add(key + " " + id);
      }
    }
  }

  /** Number of the last checkpoint that is complete. */
  int checkpoints() {
    try (Stream<Path> files = Files.walk(folder.resolve("checkpoints"), 3)) {
      return files
          .filter(file -> file.endsWith("_metadata"))
          .map(file -> file.getParent().getFileName().toString().substring("chk-".length()))
          .mapToInt(Integer::parseInt)
          .max()
          .orElse(0);
    } catch (IOException | UncheckedIOException e) {
      // A checkpoint was deleted while it was looked at; the caller looks again.
      return 0;
    }
  }

  /** What was shown of a session: pixel hashes by track and index. */
  Map<String, Long> shown(SessionKey key) {
    return taken.getOrDefault(key.toString(), Map.of());
  }

  /** Pictures that were shown of a session. */
  long pictures(SessionKey key) {
    return shown(key).keySet().stream().filter(id -> id.startsWith("VIDEO")).count();
  }

  /** Frames of both tracks that did not come. */
  long missing(SessionKey key) {
    var cursor = reader.cursor(key.toString()).orElseThrow();
    return cursor.missing(Track.VIDEO) + cursor.missing(Track.AUDIO);
  }

  boolean closed(List<SessionKey> keys) {
    return keys.stream().map(SessionKey::toString).allMatch(closed::contains);
  }

  Set<String> restored() {
    return restored;
  }

  List<String> shownTwice() {
    return shownTwice;
  }

  @Override
  public void close() {
    writer.close();
    reader.close();
    cluster.closeAsync().orTimeout(60, TimeUnit.SECONDS).join();
    broker.close();
    pack.close();
  }
}
