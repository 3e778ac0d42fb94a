package io.avatarflow.jobs.local;

import io.avatarflow.jobs.AvatarJob;
import io.avatarflow.jobs.AvatarJobArguments;
import io.avatarflow.jobs.AvatarJobOptions;
import io.avatarflow.schemas.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.runtime.minicluster.RpcServiceSharing;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.kafka.clients.admin.NewTopic;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Kafka broker, Flink mini cluster and the job in this JVM: the real parts, small.
 *
 * <p>Life cycle: {@link #start} brings up the broker, its topics and the job; {@link #close} stops
 * Flink with the job, then the broker, and deletes their files.
 */
public final class EmbeddedStack implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedStack.class);
  private static final long START_TIMEOUT_SECONDS = 60;
  private static final long STOP_TIMEOUT_SECONDS = 20;
  private static final String SEGMENT_BYTES = Integer.toString(32 << 20);
  private static final String RETENTION_BYTES = Long.toString(512L << 20);

  private final Path folder;
  private final EmbeddedBroker broker;
  private final MiniCluster cluster;
  private final JobID job;

  private EmbeddedStack(Path folder, EmbeddedBroker broker, MiniCluster cluster, JobID job) {
    this.folder = folder;
    this.broker = broker;
    this.cluster = cluster;
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
    MiniCluster cluster = null;
    try {
      broker = EmbeddedBroker.start(Files.createDirectory(folder.resolve("kafka")), brokerPort);
      broker.createTopics(topics(partitions));
      AvatarJobArguments arguments = arguments(broker.bootstrap(), jobArgs);
      Configuration flink = configuration(folder, arguments);
      int parallelism = arguments.options().getOptional(AvatarJobOptions.PARALLELISM).orElse(1);
      cluster = new MiniCluster(miniCluster(flink, parallelism));
      cluster.start();
      StreamExecutionEnvironment env = new StreamExecutionEnvironment(flink);
      env.setParallelism(parallelism);
      AvatarJob.build(env, arguments);
      JobID job = submit(cluster, env);
      return new EmbeddedStack(folder, broker, cluster, job);
    } catch (Exception e) {
      stop(cluster, broker, folder);
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      throw e instanceof IOException io
          ? io
          : new IOException("The embedded Flink could not start the job: " + first(e), e);
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
    CompletableFuture<JobResult> result = cluster.requestJobResult(job);
    if (!result.isDone()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          result
              .getNow(null)
              .getSerializedThrowable()
              .map(failure -> root(failure.deserializeError(EmbeddedStack.class.getClassLoader())))
              .orElse("the job ended by itself"));
    } catch (CompletionException | CancellationException e) {
      return Optional.of(root(e));
    }
  }

  @Override
  public void close() throws IOException {
    stop(cluster, broker, folder);
  }

  /** Stops what was started, the last first, and deletes its files. */
  private static void stop(MiniCluster cluster, EmbeddedBroker broker, Path folder)
      throws IOException {
    if (cluster != null) {
      try {
        cluster.closeAsync().get(STOP_TIMEOUT_SECONDS, TimeUnit.SECONDS);
      } catch (ExecutionException | TimeoutException e) {
        LOG.warn("The embedded Flink did not stop cleanly.", e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    if (broker != null) {
      broker.close();
    }
    Folders.delete(folder);
  }

  private static String root(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return first(root);
  }

  private static String first(Throwable failure) {
    return failure.getMessage() == null
        ? failure.getClass().getSimpleName()
        : failure.getMessage().lines().findFirst().orElse("");
  }

  private static AvatarJobArguments arguments(String bootstrap, List<String> jobArgs) {
    List<String> args = new ArrayList<>(List.of("--bootstrap", bootstrap));
    args.addAll(jobArgs);
    return AvatarJobArguments.parse(args.toArray(String[]::new));
  }

  private static Configuration configuration(Path folder, AvatarJobArguments arguments)
      throws IOException {
    Configuration flink = new Configuration();
    flink.set(CoreOptions.TMP_DIRS, Files.createDirectory(folder.resolve("flink")).toString());
    flink.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(16));
    flink.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(16));
    flink.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ZERO);
    flink.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    flink.set(RestOptions.BIND_ADDRESS, "127.0.0.1");
    flink.set(RestOptions.BIND_PORT, "0");
    flink.addAll(arguments.flink());
    return flink;
  }

  private static MiniClusterConfiguration miniCluster(Configuration flink, int slots) {
    return new MiniClusterConfiguration.Builder()
        .setConfiguration(flink)
        .setNumTaskManagers(1)
        .setNumSlotsPerTaskManager(slots)
        .setRpcServiceSharing(RpcServiceSharing.SHARED)
        .build();
  }

  private static JobID submit(MiniCluster cluster, StreamExecutionEnvironment env)
      throws InterruptedException, ExecutionException, TimeoutException {
    StreamGraph graph = env.getStreamGraph();
    graph.setJobName(AvatarJob.NAME);
    return cluster
        .submitJob(graph.getJobGraph())
        .get(START_TIMEOUT_SECONDS, TimeUnit.SECONDS)
        .getJobID();
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
