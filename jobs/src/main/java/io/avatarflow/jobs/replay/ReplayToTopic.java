package io.avatarflow.jobs.replay;

import io.avatarflow.jobs.AvatarJobArguments;
import io.avatarflow.jobs.kafka.NewTopics;
import io.avatarflow.jobs.local.EmbeddedFlink;
import io.avatarflow.jobs.local.Folders;
import io.avatarflow.jobs.render.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaFuture;

/**
 * Replays a recording into a topic, exactly once: the recording is staged on a topic of its own
 * beside the target, read to its end by a bounded job in streaming mode, and frames appear with the
 * job's checkpoints. The staging topics are deleted afterwards.
 */
public final class ReplayToTopic {
  private static final long POLL_MILLIS = 50;
  private static final long ADMIN_SECONDS = 30;

  private final ReplayRequest request;
  private final String bootstrap;
  private final Properties kafka;
  private final String topic;
  private final Progress progress;

  /**
   * @param bootstrap brokers of the target
   * @param kafka settings of the clients, passed through
   * @param topic the target; it must exist
   */
  public ReplayToTopic(
      ReplayRequest request, String bootstrap, Properties kafka, String topic, Progress progress) {
    this.request = request;
    this.bootstrap = bootstrap;
    this.kafka = kafka;
    this.topic = topic;
    this.progress = progress;
  }

  /** Looks after a replay while it runs. */
  @FunctionalInterface
  public interface Watch {
    /** Called every now and then until the job has finished. */
    void look(EmbeddedFlink flink) throws IOException;
  }

  /** Replays; everything is committed when this returns. */
  public void run() throws IOException {
    run(flink -> {});
  }

  /** Replays under a watch, which may disturb it. */
  public void run(Watch watch) throws IOException {
    String staging = "avatarflow-replay-" + UUID.randomUUID();
    List<String> own = List.of(staging, staging + ".events", staging + ".rejects");
    Properties properties = new Properties();
    properties.putAll(kafka);
    properties.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
    Path folder = Files.createTempDirectory("avatarflow-");
    try (Admin admin = Admin.create(properties)) {
      int partitions =
          await(admin.describeTopics(List.of(topic)).allTopicNames(), "find topic " + topic)
              .get(topic)
              .partitions()
              .size();
      Map<String, String> keep = Map.of("retention.ms", "-1", "retention.bytes", "-1");
      stage(
          admin,
          own.stream().map(n -> new NewTopic(n, partitions, (short) 1).configs(keep)).toList());
      try {
        progress.phase("staging the recording");
        try (Staging staged =
            new StagingTopic(bootstrap, kafka, staging, ReplayJob.MAX_PARALLELISM)) {
          new RecordingFeeder(
                  request.recording(), staged, request.asLived(), Double.POSITIVE_INFINITY)
              .feed();
        }
        replay(folder, own, watch);
      } finally {
        await(admin.deleteTopics(own).all(), "delete staging topics");
      }
    } finally {
      Folders.delete(folder);
    }
  }

  private void replay(Path folder, List<String> own, Watch watch) throws IOException {
    List<String> arguments = new ArrayList<>(ReplayJob.arguments(request));
    arguments.addAll(
        List.of(
            "--bootstrap",
            bootstrap,
            "--bounded",
            "true",
            "--input-topic",
            own.get(0),
            "--events-topic",
            own.get(1),
            "--rejects-topic",
            own.get(2),
            "--frames-topic",
            topic,
            "--group-id",
            own.get(0),
            "--delivery",
            "exactly-once",
            "--checkpoint-interval",
            "1 s"));
    kafka.forEach((name, value) -> arguments.addAll(List.of("--kafka." + name, value.toString())));
    arguments.addAll(request.jobOptions());
    progress.phase("replaying");
    try (EmbeddedFlink flink =
        EmbeddedFlink.start(folder, AvatarJobArguments.parse(arguments.toArray(String[]::new)))) {
      while (!flink.isFinished()) {
        watch.look(flink);
        TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted; what was committed so far stays on " + topic + ".", e);
    }
  }

  private void stage(Admin admin, List<NewTopic> topics) throws IOException {
    try {
      NewTopics.create(admin, topics, Duration.ofSeconds(ADMIN_SECONDS));
    } catch (ExecutionException | TimeoutException e) {
      throw failed("create staging topics", e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private <T> T await(KafkaFuture<T> future, String what) throws IOException {
    try {
      return future.get(ADMIN_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw failed(what, e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private IOException failed(String what, Exception e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    return new IOException(
        "Kafka at %s could not %s: %s".formatted(bootstrap, what, cause.getMessage()), e);
  }

  private static IOException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new IOException("Interrupted while waiting for Kafka.", e);
  }
}
