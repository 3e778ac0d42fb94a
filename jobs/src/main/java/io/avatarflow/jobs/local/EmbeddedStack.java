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
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.admin.NewTopic;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Kafka broker, Flink mini cluster and the job in this JVM: the real parts, small.
 *
 * <p>Life cycle: {@link #start} brings up the broker, its topics and the job; {@link #close}
 * cancels the job, stops the broker and deletes their files.
 */
public final class EmbeddedStack implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedStack.class);
  private static final long STOP_TIMEOUT_SECONDS = 20;
  private static final String SEGMENT_BYTES = Integer.toString(32 << 20);
  private static final String RETENTION_BYTES = Long.toString(512L << 20);

  private final Path folder;
  private final EmbeddedBroker broker;
  private final JobClient job;

  private EmbeddedStack(Path folder, EmbeddedBroker broker, JobClient job) {
    this.folder = folder;
    this.broker = broker;
    this.job = job;
  }

  /**
   * Starts everything.
   *
   * @param brokerPort the broker's port, 0 for a free one
   * @param partitions partitions of the input, frames and events topics
   * @param jobArgs arguments of {@link AvatarJob} besides {@code --bootstrap}
   */
  public static EmbeddedStack start(int brokerPort, int partitions, List<String> jobArgs)
      throws IOException {
    Path folder = Files.createTempDirectory("avatarflow-");
    EmbeddedBroker broker = null;
    try {
      broker = EmbeddedBroker.start(folder, brokerPort);
      broker.createTopics(topics(partitions));
      return new EmbeddedStack(folder, broker, submit(broker.bootstrap(), jobArgs));
    } catch (IOException | RuntimeException e) {
      if (broker != null) {
        broker.close();
      }
      EmbeddedBroker.deleteFolder(folder);
      throw e;
    }
  }

  /** {@code host:port} of the broker. */
  public String bootstrap() {
    return broker.bootstrap();
  }

  /**
   * Why the job stopped, when it has.
   *
   * @return the failure's first line, or null while the job runs
   */
  public String failure() {
    JobStatus status = status();
    if (!status.isGloballyTerminalState()) {
      return null;
    }
    try {
      job.getJobExecutionResult().get(STOP_TIMEOUT_SECONDS, TimeUnit.SECONDS);
      return "the job ended by itself (" + status + ")";
    } catch (ExecutionException | TimeoutException e) {
      Throwable root = e;
      while (root.getCause() != null) {
        root = root.getCause();
      }
      return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "interrupted";
    }
  }

  private JobStatus status() {
    try {
      return job.getJobStatus().get(STOP_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      LOG.debug("The mini cluster no longer answers.", e);
      return JobStatus.FAILED;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return JobStatus.RUNNING;
    }
  }

  @Override
  public void close() throws IOException {
    try {
      if (!status().isGloballyTerminalState()) {
        job.cancel().get(STOP_TIMEOUT_SECONDS, TimeUnit.SECONDS);
      }
    } catch (ExecutionException | TimeoutException e) {
      LOG.debug("The job was gone before it could be cancelled.", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    broker.close();
    EmbeddedBroker.deleteFolder(folder);
  }

  private static JobClient submit(String bootstrap, List<String> jobArgs) throws IOException {
    List<String> args = new ArrayList<>(List.of("--bootstrap", bootstrap));
    args.addAll(jobArgs);
    AvatarJobArguments arguments = AvatarJobArguments.parse(args.toArray(String[]::new));
    Configuration flink = new Configuration();
    flink.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(16));
    flink.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(16));
    flink.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ZERO);
    flink.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    flink.addAll(arguments.flink());
    int parallelism =
        arguments.options().getOptional(io.avatarflow.jobs.AvatarJobOptions.PARALLELISM).orElse(1);
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createLocalEnvironment(parallelism, flink);
    AvatarJob.build(env, arguments);
    try {
      return env.executeAsync(AvatarJob.NAME);
    } catch (Exception e) {
      throw new IOException(
          "The job could not be started in the embedded Flink: " + e.getMessage(), e);
    }
  }

  /** The four topics of one broker, bounded in size for a machine that has other work too. */
  static List<NewTopic> topics(int partitions) {
    Map<String, String> config =
        Map.of("segment.bytes", SEGMENT_BYTES, "retention.bytes", RETENTION_BYTES);
    Topics names = Topics.DEFAULT;
    return List.of(
        new NewTopic(names.input(), partitions, (short) 1).configs(config),
        new NewTopic(names.frames(), partitions, (short) 1).configs(config),
        new NewTopic(names.events(), partitions, (short) 1).configs(config),
        new NewTopic(names.rejects(), 1, (short) 1).configs(config));
  }
}
