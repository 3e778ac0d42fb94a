package io.avatarflow.jobs.local;

import io.avatarflow.jobs.AvatarJob;
import io.avatarflow.jobs.AvatarJobArguments;
import io.avatarflow.jobs.graph.JobEnds;
import io.avatarflow.jobs.graph.PackLinger;
import io.avatarflow.jobs.kafka.KafkaEnds;
import io.avatarflow.jobs.options.GraphOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.checkpoint.CheckpointStatsSnapshot;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.runtime.minicluster.RpcServiceSharing;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Flink mini cluster with the job in this JVM; Kafka is elsewhere. */
public final class EmbeddedFlink implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedFlink.class);
  private static final long START_TIMEOUT_SECONDS = 60;
  private static final long STOP_TIMEOUT_SECONDS = 20;

  /** As in the shipped cells: a checkpoint that fails must not end live sessions. */
  private static final int MOST_FAILED_CHECKPOINTS = 1_000_000;

  private final MiniCluster cluster;
  private final JobID job;

  /** Asked for once, so that the answer is there as soon as the job has ended. */
  private final CompletableFuture<JobResult> result;

  private EmbeddedFlink(MiniCluster cluster, JobID job) {
    this.cluster = cluster;
    this.job = job;
    this.result = cluster.requestJobResult(job);
  }

  /**
   * Starts the cluster and the job between its topics.
   *
   * @param folder where Flink keeps its files; the caller deletes it
   * @param arguments the job's command line
   */
  public static EmbeddedFlink start(Path folder, AvatarJobArguments arguments) throws IOException {
    return start(folder, arguments, new KafkaEnds(arguments));
  }

  /** Starts the cluster and the job between other ends. */
  public static EmbeddedFlink start(Path folder, AvatarJobArguments arguments, JobEnds ends)
      throws IOException {
    MiniCluster cluster = null;
    try {
      Configuration flink = configuration(folder, arguments);
      int parallelism = arguments.options().getOptional(GraphOptions.PARALLELISM).orElse(1);
      cluster = new MiniCluster(miniCluster(flink, parallelism));
      cluster.start();
      StreamExecutionEnvironment env = new StreamExecutionEnvironment(flink);
      env.setParallelism(parallelism);
      // The only process there is recovers onto nobody, and short runs would wait for it.
      arguments.options().set(GraphOptions.REHEARSAL, false);
      AvatarJob.build(env, arguments, ends);
      return new EmbeddedFlink(cluster, submit(cluster, env));
    } catch (Exception e) {
      stop(cluster);
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      throw e instanceof IOException io
          ? io
          : new IOException("The embedded Flink could not start the job: " + first(e), e);
    }
  }

  /** Why the job stopped, one line; empty while it runs. */
  public Optional<String> failure() {
    return result.isDone()
        ? Optional.of(cause(result).orElse("the job ended by itself"))
        : Optional.empty();
  }

  /**
   * True when a bounded job has processed all of its input; false while it runs.
   *
   * @throws IOException if it failed
   */
  public boolean isFinished() throws IOException {
    if (!result.isDone()) {
      return false;
    }
    Optional<String> cause = cause(result);
    if (cause.isPresent()) {
      throw new IOException("The job failed: " + cause.get());
    }
    return true;
  }

  /**
   * A checkpoint of the job.
   *
   * @param id grows by one with each that is begun
   * @param stateBytes of all state in it
   */
  public record Checkpoint(long id, long stateBytes) {}

  /** The last checkpoint that was completed; empty before the first. */
  public Optional<Checkpoint> lastCheckpoint() throws IOException {
    try {
      CheckpointStatsSnapshot stats =
          cluster
              .getExecutionGraph(job)
              .get(STOP_TIMEOUT_SECONDS, TimeUnit.SECONDS)
              .getCheckpointStatsSnapshot();
      return Optional.ofNullable(stats)
          .map(all -> all.getHistory().getLatestCompletedCheckpoint())
          .map(last -> new Checkpoint(last.getCheckpointId(), last.getStateSize()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while the job was asked for its checkpoints.", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("The job does not tell of its checkpoints: " + root(e), e);
    }
  }

  /** Ends the task manager at once, as the loss of its process would, and starts another one. */
  public void replaceTaskManager() throws IOException {
    try {
      cluster.terminateTaskManager(0).get(STOP_TIMEOUT_SECONDS, TimeUnit.SECONDS);
      cluster.startTaskManager();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while the task manager was replaced.", e);
    } catch (Exception e) {
      throw new IOException("The task manager could not be replaced: " + root(e), e);
    }
  }

  private static Optional<String> cause(CompletableFuture<JobResult> done) {
    try {
      return done.getNow(null)
          .getSerializedThrowable()
          .map(failure -> root(failure.deserializeError(EmbeddedFlink.class.getClassLoader())));
    } catch (CompletionException | CancellationException e) {
      return Optional.of(root(e));
    }
  }

  @Override
  public void close() {
    stop(cluster);
    PackLinger.closeAll();
  }

  private static void stop(MiniCluster cluster) {
    if (cluster == null) {
      return;
    }
    try {
      cluster.closeAsync().get(STOP_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      LOG.warn("The embedded Flink did not stop cleanly.", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
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

  static Configuration configuration(Path folder, AvatarJobArguments arguments) throws IOException {
    Configuration flink = new Configuration();
    flink.set(CoreOptions.TMP_DIRS, Files.createDirectory(folder.resolve("flink")).toString());
    flink.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(16));
    flink.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(16));
    flink.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ZERO);
    flink.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    // Flink's default keeps checkpoints in the job manager's memory and fails the job above 5 MiB
    // of
    // state an operator, which two dozen sessions have when their blocks pile up.
    flink.set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem");
    flink.set(
        CheckpointingOptions.CHECKPOINTS_DIRECTORY,
        Files.createDirectory(folder.resolve("checkpoints")).toUri().toString());
    flink.set(CheckpointingOptions.TOLERABLE_FAILURE_NUMBER, MOST_FAILED_CHECKPOINTS);
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
}
