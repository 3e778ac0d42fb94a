package io.avatarflow.jobs.local;

import io.avatarflow.jobs.AvatarJob;
import io.avatarflow.jobs.AvatarJobArguments;
import io.avatarflow.schemas.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.NewTopic;

/**
 * Kafka broker, Flink mini cluster and the job in this JVM: the real parts, small.
 *
 * <p>Life cycle: {@link #start} brings up the broker, its topics and the job; {@link #close} stops
 * Flink with the job, then the broker, and deletes their files.
 */
public final class EmbeddedStack implements AutoCloseable {
  private static final String SEGMENT_BYTES = Integer.toString(32 << 20);
  private static final long RETENTION_BYTES = 512L << 20;
  private static final long KEEP_ALL = -1;

  private final Path folder;
  private final EmbeddedBroker broker;
  private final EmbeddedFlink flink;

  private EmbeddedStack(Path folder, EmbeddedBroker broker, EmbeddedFlink flink) {
    this.folder = folder;
    this.broker = broker;
    this.flink = flink;
  }

  /**
   * Starts everything; topics keep the last {@value #RETENTION_BYTES} bytes of a partition.
   *
   * @param brokerPort the broker's port, 0 for a free one
   * @param partitions partitions of the input, frames and events topics
   * @param jobArgs arguments of {@link AvatarJob} besides {@code --bootstrap}
   */
  public static EmbeddedStack start(int brokerPort, int partitions, List<String> jobArgs)
      throws IOException {
    return start(brokerPort, topics(partitions, RETENTION_BYTES), jobArgs);
  }

  /**
   * Starts everything with topics that keep what they are given, until {@link #close}.
   *
   * @param partitions partitions of the input, frames and events topics
   * @param jobArgs arguments of {@link AvatarJob} besides {@code --bootstrap}
   */
  public static EmbeddedStack startKeepingAll(int partitions, List<String> jobArgs)
      throws IOException {
    return start(0, topics(partitions, KEEP_ALL), jobArgs);
  }

  private static EmbeddedStack start(int brokerPort, List<NewTopic> topics, List<String> jobArgs)
      throws IOException {
    Path folder = Files.createTempDirectory("avatarflow-");
    EmbeddedBroker broker = null;
    try {
      broker = EmbeddedBroker.start(Files.createDirectory(folder.resolve("kafka")), brokerPort);
      broker.createTopics(topics);
      EmbeddedFlink flink = EmbeddedFlink.start(folder, arguments(broker.bootstrap(), jobArgs));
      return new EmbeddedStack(folder, broker, flink);
    } catch (IOException | RuntimeException e) {
      stop(broker, folder);
      throw e;
    }
  }

  /** {@code host:port} of the broker. */
  public String bootstrap() {
    return broker.bootstrap();
  }

  /** Where Kafka and Flink keep their files until {@link #close}. */
  Path folder() {
    return folder;
  }

  /** Why the job stopped, one line; empty while it runs. */
  public Optional<String> failure() {
    return flink.failure();
  }

  /**
   * Throws when the job has stopped.
   *
   * @throws IOException with the reason
   */
  public void check() throws IOException {
    Optional<String> stopped = failure();
    if (stopped.isPresent()) {
      throw new IOException("The embedded job stopped: " + stopped.get());
    }
  }

  /** The last checkpoint that the job completed; empty before the first. */
  public Optional<EmbeddedFlink.Checkpoint> lastCheckpoint() throws IOException {
    return flink.lastCheckpoint();
  }

  @Override
  public void close() throws IOException {
    flink.close();
    stop(broker, folder);
  }

  private static void stop(EmbeddedBroker broker, Path folder) throws IOException {
    if (broker != null) {
      broker.close();
    }
    Folders.delete(folder);
  }

  private static AvatarJobArguments arguments(String bootstrap, List<String> jobArgs) {
    List<String> args = new ArrayList<>(List.of("--bootstrap", bootstrap));
    args.addAll(jobArgs);
    return AvatarJobArguments.parse(args.toArray(String[]::new));
  }

  /**
   * The topics of one broker, those of sessions bounded in size for a machine that has other work
   * too.
   */
  static List<NewTopic> topics(int partitions) {
    return topics(partitions, RETENTION_BYTES);
  }

  private static List<NewTopic> topics(int partitions, long retentionBytes) {
    Map<String, String> config =
        Map.of("segment.bytes", SEGMENT_BYTES, "retention.bytes", Long.toString(retentionBytes));
    Topics names = Topics.DEFAULT;
    return List.of(
        new NewTopic(Topics.SEATS, 1, (short) 1).configs(Map.of("cleanup.policy", "compact")),
        new NewTopic(names.input(), partitions, (short) 1).configs(config),
        new NewTopic(names.frames(), partitions, (short) 1).configs(config),
        new NewTopic(names.events(), partitions, (short) 1).configs(config),
        new NewTopic(names.rejects(), 1, (short) 1).configs(config));
  }
}
