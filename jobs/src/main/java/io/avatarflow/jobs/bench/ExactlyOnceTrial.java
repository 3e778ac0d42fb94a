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

  /** Polls without a record until a topic counts as read to its end. */
  private static final int QUIET_POLLS = 40;

  /** What of the recording is to be committed when the task manager goes. */
  private static final long COMMITTED_BEFORE_LOSS = 1;

  /** Times the recorded speed: slow enough for a checkpoint to commit before the end. */
  private static final double SPEED = 2;

  private static final List<String> RESTARTS =
      List.of(
          "--checkpoint-interval", "200 ms",
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
    replay("undisturbed", Double.POSITIVE_INFINITY, flink -> {});
    Map<String, Integer> whole = frames("undisturbed");
    create("disturbed");
    try (SessionReader<SessionOutput> reader = reader("disturbed")) {
      long[] seen = {0};
      replay(
          "disturbed",
          SPEED,
          flink -> {
            seen[0] += poll(reader, Duration.ZERO).size();
            if (restarts == 0 && seen[0] >= COMMITTED_BEFORE_LOSS && !flink.isFinished()) {
              flink.replaceTaskManager();
              restarts++;
            }
          });
    }
    Map<String, Integer> disturbed = frames("disturbed");
    long losses = whole.keySet().stream().filter(id -> !disturbed.containsKey(id)).count();
    long duplicates = disturbed.values().stream().mapToLong(count -> count - 1).sum();
    return new Outcome(disturbed.size(), duplicates, losses, restarts);
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

  private void replay(String topic, double speed, ReplayToTopic.Watch watch) throws IOException {
    new ReplayToTopic(
            ReplayBench.request(recording, speed, 1, RESTARTS),
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
