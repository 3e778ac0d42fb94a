package io.avatarflow.jobs.bench;

import io.avatarflow.jobs.client.SessionReader;
import io.avatarflow.jobs.kafka.NewTopics;
import io.avatarflow.jobs.local.EmbeddedBroker;
import io.avatarflow.jobs.local.Folders;
import io.avatarflow.jobs.render.Progress;
import io.avatarflow.jobs.replay.RecordingFolder;
import io.avatarflow.jobs.replay.ReplayToTopic;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.MalformedRecordException;
import io.avatarflow.schemas.RecordCodec;
import io.avatarflow.schemas.SessionOutput;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;

/**
 * Replays a recording into one topic undisturbed and into another while the task manager is lost,
 * and compares what a reader of committed records finds on both.
 */
final class ExactlyOnceTrial {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration POLL = Duration.ofMillis(50);
  private static final Duration LOOK = Duration.ofMillis(10);

  /** Polls without a record until a topic counts as read to its end. */
  private static final int QUIET_POLLS = 40;

  /** What of the recording is to be committed when the task manager goes. */
  private static final long COMMITTED_BEFORE_LOSS = 1;

  /** Replays that are disturbed at most: one may be over before its first frames are committed. */
  private static final int MOST_TRIALS = 8;

  private static final List<String> RESTARTS =
      List.of(
          "--checkpoint-interval", "100 ms",
          "--flink.restart-strategy.type", "fixed-delay",
          "--flink.restart-strategy.fixed-delay.attempts", "10",
          "--flink.restart-strategy.fixed-delay.delay", "0 ms");

  private final String bootstrap;
  private final RecordingFolder recording;
  private int restarts;

  private ExactlyOnceTrial(String bootstrap, RecordingFolder recording) {
    this.bootstrap = bootstrap;
    this.recording = recording;
  }

  /**
   * What was found.
   *
   * @param frames on the disturbed topic
   * @param duplicates frames that are there more than once
   * @param losses frames that only the undisturbed topic has
   * @param restarts how often the task manager was lost: a trial of none proves nothing
   */
  record Outcome(long frames, long duplicates, long losses, int restarts) {}

  static Outcome run(RecordingFolder recording) throws IOException {
    Path folder = Files.createTempDirectory("avatarflow-bench-");
    try (EmbeddedBroker broker = EmbeddedBroker.start(folder, 0)) {
      return new ExactlyOnceTrial(broker.bootstrap(), recording).compare();
    } finally {
      Folders.delete(folder);
    }
  }

  private Outcome compare() throws IOException {
    create("undisturbed");
    replay("undisturbed", flink -> {});
    Map<String, Integer> whole = frames("undisturbed");
    String topic = "";
    for (int trial = 0; trial < MOST_TRIALS && restarts == 0; trial++) {
      topic = "disturbed-" + trial;
      create(topic);
      disturb(topic);
    }
    Map<String, Integer> disturbed = frames(topic);
    long losses = whole.keySet().stream().filter(id -> !disturbed.containsKey(id)).count();
    long duplicates = disturbed.values().stream().mapToLong(count -> count - 1).sum();
    return new Outcome(disturbed.size(), duplicates, losses, restarts);
  }

  /** Replays, and loses the task manager once the first frames are committed. */
  private void disturb(String topic) throws IOException {
    try (SessionReader<SessionOutput> reader = reader(topic)) {
      // A consumer needs some rounds before it is given anything.
      long[] seen = {poll(reader, POLL).size()};
      replay(
          topic,
          flink -> {
            seen[0] += poll(reader, LOOK).size();
            if (restarts == 0 && seen[0] >= COMMITTED_BEFORE_LOSS && !flink.isFinished()) {
              flink.replaceTaskManager();
              restarts++;
            }
          });
    }
  }

  private void create(String topic) throws IOException {
    Properties admin = new Properties();
    admin.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
    try (Admin client = Admin.create(admin)) {
      NewTopics.create(client, List.of(new NewTopic(topic, 2, (short) 1)), PATIENCE);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("The topics of the trial could not be created.", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while the topics of the trial were created.", e);
    }
  }

  private void replay(String topic, ReplayToTopic.Watch watch) throws IOException {
    new ReplayToTopic(
            ReplayBench.request(recording, 1, RESTARTS),
            bootstrap,
            new Properties(),
            topic,
            Progress.silent())
        .run(watch);
  }

  private Map<String, Integer> frames(String topic) throws IOException {
    Map<String, Integer> frames = new HashMap<>();
    try (SessionReader<SessionOutput> reader = reader(topic)) {
      for (int quiet = 0; quiet < QUIET_POLLS; quiet++) {
        for (SessionOutput output : poll(reader, POLL)) {
          quiet = 0;
          if (output.getBody() instanceof EncodedFrame frame) {
            String id =
                "%s %s %d".formatted(output.getSessionKey(), frame.getTrack(), frame.getIndex());
            frames.merge(id, 1, Integer::sum);
          }
        }
      }
    }
    return frames;
  }

  private SessionReader<SessionOutput> reader(String topic) {
    return new SessionReader<>(bootstrap, topic, RecordCodec.output());
  }

  private static List<SessionOutput> poll(SessionReader<SessionOutput> reader, Duration patience)
      throws IOException {
    try {
      return reader.poll(patience);
    } catch (MalformedRecordException e) {
      throw new IOException("The replay made a record that cannot be read.", e);
    }
  }
}
