package io.avatarflow.jobs.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.jobs.MetricsDashboard;
import io.avatarflow.jobs.client.SeatReport;
import io.avatarflow.jobs.client.SessionReader;
import io.avatarflow.jobs.client.SessionWriter;
import io.avatarflow.jobs.client.TestSpeech;
import io.avatarflow.operators.stage.AvatarMetric;
import io.avatarflow.schemas.CloseMark;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.RecordCodec;
import io.avatarflow.schemas.SessionKey;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.StreamMark;
import io.avatarflow.schemas.Topics;
import io.avatarflow.schemas.Track;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code docker/local-cluster.sh}, from an empty folder to an empty process list. */
class LocalClusterScriptITCase {
  private static final Path SCRIPT = Path.of("../docker/local-cluster.sh").toAbsolutePath();
  private static final Path HEALTH = Path.of("../docker/health.sh").toAbsolutePath();
  private static final Topics TOPICS = Topics.DEFAULT;
  private static final double SECONDS = 10.0;
  private static final int FPS = 25;

  @TempDir Path state;

  private final Map<String, Set<Long>> video = new HashMap<>();
  private final Set<String> closed = new TreeSet<>();

  @AfterEach
  void down() throws Exception {
    script("down");
  }

  @Test
  void eightLiveSessionsOutliveATaskManagerWhilePrometheusWatches() throws Exception {
    liveSessionsOutliveATaskManager(8, "probe", "amber");
  }

  @Test
  void aLiveSessionOfTheReferencePackOutlivesATaskManagerWhilePrometheusWatches() throws Exception {
    liveSessionsOutliveATaskManager(1, "reference", "ada");
  }

  private void liveSessionsOutliveATaskManager(int sessions, String pack, String identity)
      throws Exception {
    List<SessionKey> keys =
        IntStream.range(0, sessions).mapToObj(i -> new SessionKey("acme", "live-" + i)).toList();
    String up = script("up", "--pack", pack, "--pacing", "realtime");
    assertThat(up).contains("the job runs with all its subtasks");
    String bootstrap = address(up, "bootstrap");
    List<ProcessHandle> started = processes(up);
    assertThat(started).hasSize(4);
    for (String metrics : addresses(up, "metrics").toList()) {
      assertThat(run(List.of(HEALTH.toString(), metrics.substring(metrics.indexOf(':') + 1))))
          .isEmpty();
    }
    Optional<PrometheusServer> prometheus = prometheus();

    try (SessionWriter writer = new SessionWriter(bootstrap, TOPICS.input(), 60);
        LiveSpeech speech = LiveSpeech.start(writer, keys, pack, identity, SECONDS);
        SessionReader<SessionOutput> reader =
            new SessionReader<>(bootstrap, TOPICS.frames(), RecordCodec.output())) {
      readUntil(reader, "first frames of all sessions", () -> video.size() == keys.size());
      assertThat(metric(up, AvatarMetric.SESSIONS)).isEqualTo(keys.size());
      assertThat(metric(up, AvatarMetric.BLOCKS)).isPositive();
      assertThat(pages(up))
          .as("series of the dashboard")
          .satisfies(
              pages ->
                  MetricsDashboard.series()
                      .forEach(
                          series ->
                              assertThat(pages)
                                  .anyMatch(page -> page.contains("\n" + series + "{"))));
      assertThat(freeSeats(bootstrap)).as("free seats by subtask").hasSize(2);
      assertThat(script("kill-tm")).contains("killed taskmanager-1");
      readUntil(reader, "CLOSE of all sessions", () -> closed.size() == keys.size());
      speech.await();
    }

    assertThat(video.keySet()).hasSize(keys.size());
    assertThat(video.values())
        .allSatisfy(
            indices ->
                assertThat(indices)
                    .as("no frame is missing; the idle policy may have added some")
                    .hasSizeGreaterThanOrEqualTo((int) (SECONDS * FPS))
                    .isEqualTo(upTo(indices.size())));
    if (prometheus.isPresent()) {
      for (String expression : MetricsDashboard.expressions()) {
        prometheus.get().awaitValues(expression);
      }
      for (String rule :
          List.of(
              "avatarflow:sessions:open",
              "avatarflow:checkpoint_age_seconds",
              "avatarflow:seats:free > 0")) {
        prometheus.get().awaitValues(rule);
      }
    }
    assertThat(script("status"))
        .contains("taskmanager-1  does not run")
        .contains("the job runs with all its subtasks");
    assertThat(Files.readString(state.resolve("taskmanager-2.log")))
        .contains("\"session\":\"acme/live-");

    script("down");
    assertThat(started).noneMatch(LocalClusterScriptITCase::runs);
  }

  @Test
  void aSessionOfTheReferencePackGoesOnAfterAnUpgradeWithASavepoint() throws Exception {
    SessionKey key = new SessionKey("acme", "reference");
    String up = script("up");
    assertThat(up).contains("the job runs with all its subtasks");
    String bootstrap = address(up, "bootstrap");
    List<Object> bodies = TestSpeech.session(key, "reference", "ada", 2);
    int half = bodies.size() / 2;
    try (SessionWriter writer = new SessionWriter(bootstrap, TOPICS.input(), 60);
        SessionReader<SessionOutput> reader =
            new SessionReader<>(bootstrap, TOPICS.frames(), RecordCodec.output())) {
      bodies.subList(0, half).forEach(body -> writer.send(key, body));
      writer.flush();
      readUntil(reader, "first frames", () -> !video.isEmpty());
      assertThat(script("upgrade", "--span-sampling", "0.5"))
          .contains("savepoint file:")
          .contains("the job runs with all its subtasks");
      bodies.subList(half, bodies.size()).forEach(body -> writer.send(key, body));
      writer.flush();
      readUntil(reader, "CLOSE", () -> closed.contains(key.toString()));
    }
    assertThat(video.get(key.toString())).isEqualTo(upTo(2 * FPS));
    assertThat(script("stop-tm"))
        .contains("drain: job ")
        .contains("has a checkpoint of now")
        .contains("stopped taskmanager-1");
  }

  @Test
  void anotherPackThanThePinnedOneEndsTheStartWithOneLine() throws Exception {
    assertThat(script("up", "--pack", "probe", "--pack-digest", "0000").lines())
        .singleElement()
        .asString()
        .contains("the job was not started: Pack \"probe\" has digest ");
  }

  @Test
  void aMissingTopicEndsTheStartWithOneLine() throws Exception {
    assertThat(script("up", "--pack", "probe", "--input-topic", "nowhere").lines())
        .singleElement()
        .asString()
        .contains("the job was not started: Topic nowhere does not exist at ");
  }

  @Test
  void aFolderWithOtherFilesIsLeftAlone() throws Exception {
    Path other = Files.writeString(state.resolve("thesis.txt"), "years of work");
    assertThat(script("up")).contains("was not made by this script");
    assertThat(other).hasContent("years of work");
  }

  /** What each subtask says that its process could still take. */
  private static Map<Integer, Integer> freeSeats(String bootstrap) throws IOException {
    Map<Integer, Integer> free = new HashMap<>();
    Properties properties = new Properties();
    properties.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
    properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions = List.of(new TopicPartition(Topics.SEATS, 0));
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(20))) {
        SeatReport report = SeatReport.of(record.value());
        free.put(report.subtask(), report.free());
      }
    }
    return free;
  }

  private static Set<Long> upTo(int frames) {
    return LongStream.range(0, frames).boxed().collect(Collectors.toSet());
  }

  /** Prometheus on this cluster, where it is installed. */
  private Optional<PrometheusServer> prometheus() throws Exception {
    String started = script("prometheus");
    if (started.contains("not installed")) {
      System.out.println("Prometheus is not installed: the dashboard was asked by no server.");
      return Optional.empty();
    }
    return Optional.of(new PrometheusServer(address(started, "prometheus")));
  }

  private void readUntil(
      SessionReader<SessionOutput> reader, String what, BooleanSupplier condition)
      throws Exception {
    long deadline = System.nanoTime() + Duration.ofSeconds(90).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waiting for %s", what).isLessThan(deadline);
      for (SessionOutput output : reader.poll(Duration.ofMillis(200))) {
        String key = output.getSessionKey();
        if (output.getBody() instanceof EncodedFrame frame && frame.getTrack() == Track.VIDEO) {
          video.computeIfAbsent(key, k -> new TreeSet<>()).add(frame.getIndex());
        } else if (output.getBody() instanceof StreamMark mark
            && mark.getBody() instanceof CloseMark) {
          closed.add(key);
        }
      }
    }
  }

  /** The sum of a metric over the last operator's subtasks and all processes. */
  private static double metric(String status, AvatarMetric metric) throws Exception {
    String name = "flink_taskmanager_job_task_operator_avatar_" + metric.metricName();
    double sum = 0;
    for (String page : pages(status)) {
      for (String line : page.lines().toList()) {
        if (line.startsWith(name + "{") && line.contains("operator_name=\"render\"")) {
          sum += Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
        }
      }
    }
    return sum;
  }

  private static List<String> pages(String status) throws Exception {
    List<String> pages = new ArrayList<>();
    for (String address : addresses(status, "metrics").toList()) {
      pages.add(
          HttpClient.newHttpClient()
              .send(
                  HttpRequest.newBuilder(URI.create("http://" + address + "/metrics")).build(),
                  HttpResponse.BodyHandlers.ofString())
              .body());
    }
    return pages;
  }

  private static String address(String status, String name) {
    return addresses(status, name).findFirst().orElseThrow();
  }

  private static Stream<String> addresses(String status, String name) {
    return status
        .lines()
        .map(String::strip)
        .filter(line -> line.startsWith(name + "="))
        .map(line -> line.substring(name.length() + 1));
  }

  private static List<ProcessHandle> processes(String status) {
    return Pattern.compile("process (\\d+)")
        .matcher(status)
        .results()
        .map(match -> ProcessHandle.of(Long.parseLong(match.group(1))).orElseThrow())
        .toList();
  }

  /** An ended process that nobody has waited for yet counts as ended. */
  private static boolean runs(ProcessHandle process) {
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(process.pid()), "stat"));
      return !stat.substring(stat.lastIndexOf(')')).startsWith(") Z");
    } catch (IOException e) {
      return false;
    }
  }

  private String script(String... command) throws IOException, InterruptedException {
    List<String> line = new ArrayList<>(List.of(SCRIPT.toString()));
    line.addAll(List.of("--state", state.toString(), "--free-ports"));
    line.addAll(List.of(command));
    return run(line);
  }

  /** What a shell script prints. */
  private static String run(List<String> script) throws IOException, InterruptedException {
    List<String> line = new ArrayList<>(List.of("bash"));
    line.addAll(script);
    Path output = Files.createTempFile("local-cluster", ".txt");
    ProcessBuilder builder = new ProcessBuilder(line).redirectErrorStream(true);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Process process = builder.redirectOutput(output.toFile()).start();
    assertThat(process.waitFor(8, TimeUnit.MINUTES)).isTrue();
    String text = Files.readString(output);
    Files.delete(output);
    return text;
  }
}
