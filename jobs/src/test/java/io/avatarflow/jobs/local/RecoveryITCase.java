package io.avatarflow.jobs.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.jobs.AvatarJob;
import io.avatarflow.jobs.AvatarJobArguments;
import io.avatarflow.jobs.bench.BenchSessions;
import io.avatarflow.jobs.bench.BundledSpeech;
import io.avatarflow.jobs.client.DistinctReader;
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
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Eight sessions whose workers go away while they talk. */
class RecoveryITCase {
  private static final int SESSIONS = 8;
  private static final int HALF_SAMPLES = 2 * BundledSpeech.RATE;
  private static final int CHUNK = BundledSpeech.RATE / 10;
  private static final Topics TOPICS = Topics.DEFAULT;

  @TempDir Path folder;

  private final Map<String, Map<String, Long>> taken = new HashMap<>();
  private final Set<String> restored = new HashSet<>();
  private final Set<String> closed = new HashSet<>();
  private final List<String> shownTwice = new ArrayList<>();

  @ParameterizedTest
  @ValueSource(strings = {"keyed", "lanes"})
  void sessionsGoOnWithTheVeryPicturesOfAnUndisturbedRun(String topology) throws Exception {
    try (ModelPack pack = ModelPack.load("probe");
        EmbeddedBroker broker = EmbeddedBroker.start(folder.resolve("kafka"), 0)) {
      broker.createTopics(EmbeddedStack.topics(12));
      MiniCluster cluster = cluster();
      try {
        cluster.start();
        submit(cluster, broker.bootstrap(), topology);
        loseAWorker(cluster, broker.bootstrap(), new BenchSessions(pack, BundledSpeech.load()));
      } finally {
        cluster.closeAsync().get(60, TimeUnit.SECONDS);
      }
    }
  }

  private void loseAWorker(MiniCluster cluster, String bootstrap, BenchSessions content)
      throws Exception {
    List<SessionKey> disturbed = keys("disturbed");
    List<SessionKey> undisturbed = keys("undisturbed");
    try (SessionWriter writer = new SessionWriter(bootstrap, TOPICS.input(), 60);
        DistinctReader reader = new DistinctReader(bootstrap, TOPICS.frames())) {
      open(writer, content, disturbed);
      speak(writer, content, disturbed, 0);
      read(reader, () -> disturbed.stream().allMatch(key -> video(key) >= 40));
      // What is restored has to hold sessions in their middle.
      int next = checkpoints() + 2;
      read(reader, () -> checkpoints() >= next);

      cluster.terminateTaskManager(0).get(60, TimeUnit.SECONDS);
      cluster.startTaskManager();
      speak(writer, content, disturbed, HALF_SAMPLES);
      close(writer, disturbed);
      read(reader, () -> closed(disturbed));
      open(writer, content, undisturbed);
      speak(writer, content, undisturbed, 0);
      speak(writer, content, undisturbed, HALF_SAMPLES);
      close(writer, undisturbed);
      read(reader, () -> closed(undisturbed));

      assertThat(restored).as("restored sessions").isNotEmpty();
      assertThat(restored).allMatch(key -> key.startsWith("disturbed/"));
      assertThat(shownTwice).isEmpty();
      for (int i = 0; i < SESSIONS; i++) {
        String key = disturbed.get(i).toString();
        assertThat(taken.get(key)).as(key).isEqualTo(taken.get(undisturbed.get(i).toString()));
        assertThat(reader.cursor(key).orElseThrow().missing(Track.VIDEO)).as(key).isZero();
        assertThat(reader.cursor(key).orElseThrow().missing(Track.AUDIO)).as(key).isZero();
      }
    }
  }

  private MiniCluster cluster() throws Exception {
    Configuration flink = new Configuration();
    flink.set(CoreOptions.TMP_DIRS, Files.createDirectory(folder.resolve("flink")).toString());
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

  private void submit(MiniCluster cluster, String bootstrap, String topology) throws Exception {
    AvatarJobArguments arguments =
        AvatarJobArguments.parse(
            "--bootstrap", bootstrap,
            "--pack", "probe",
            "--topology", topology,
            "--start-from", "earliest",
            "--rehearsal", "false",
            "--checkpoint-interval", "200 ms",
            "--parallelism", "2",
            "--flink.execution.checkpointing.dir", folder.resolve("checkpoints").toUri().toString(),
            "--flink.restart-strategy.type", "fixed-delay",
            "--flink.restart-strategy.fixed-delay.attempts", "1000",
            "--flink.restart-strategy.fixed-delay.delay", "0 ms");
    StreamExecutionEnvironment env = new StreamExecutionEnvironment(arguments.flink());
    AvatarJob.build(env, arguments);
    cluster.submitJob(env.getStreamGraph().getJobGraph()).get(60, TimeUnit.SECONDS);
  }

  private static List<SessionKey> keys(String run) {
    return IntStream.range(0, SESSIONS).mapToObj(i -> new SessionKey(run, "s" + i)).toList();
  }

  private static void open(SessionWriter writer, BenchSessions content, List<SessionKey> keys) {
    for (int i = 0; i < SESSIONS; i++) {
      writer.send(keys.get(i), content.open(i, SessionSource.RECORDED));
    }
  }

  private static void speak(
      SessionWriter writer, BenchSessions content, List<SessionKey> keys, int from) {
    for (int first = from; first < from + HALF_SAMPLES; first += CHUNK) {
      for (int i = 0; i < SESSIONS; i++) {
        writer.send(keys.get(i), content.speech().chunk(i, first, 0, first, CHUNK, false));
      }
    }
    writer.flush();
  }

  private static void close(SessionWriter writer, List<SessionKey> keys) {
    keys.forEach(key -> writer.send(key, new SessionClose(CloseMode.DRAIN)));
    writer.flush();
  }

  private void read(DistinctReader reader, BooleanSupplier until) throws Exception {
    long end = System.nanoTime() + Duration.ofMinutes(2).toNanos();
    while (!until.getAsBoolean()) {
      assertThat(System.nanoTime()).as("frames come in time").isLessThan(end);
      for (DistinctReader.Taken record : reader.poll(Duration.ofMillis(100))) {
        take(record);
      }
    }
  }

  private void take(DistinctReader.Taken record) {
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
  private int checkpoints() {
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

  private long video(SessionKey key) {
    return taken.getOrDefault(key.toString(), Map.of()).keySet().stream()
        .filter(id -> id.startsWith("VIDEO"))
        .count();
  }

  private boolean closed(List<SessionKey> keys) {
    return keys.stream().map(SessionKey::toString).allMatch(closed::contains);
  }
}
