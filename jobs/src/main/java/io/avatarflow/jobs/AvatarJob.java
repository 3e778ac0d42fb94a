package io.avatarflow.jobs;

import io.avatarflow.jobs.graph.Graph;
import io.avatarflow.jobs.graph.GraphSettings;
import io.avatarflow.jobs.graph.JobEnds;
import io.avatarflow.jobs.kafka.KafkaEnds;
import io.avatarflow.jobs.options.GraphOptions;
import io.avatarflow.jobs.start.StartChecks;
import java.time.Duration;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * The job: input topic, the graph of operators, and the frames, events and rejects topics.
 *
 * <p>Runs on any Flink cluster ({@code flink run -c io.avatarflow.jobs.AvatarJob job.jar
 * --bootstrap HOST:PORT}) and in the embedded stack. Options: {@link AvatarJobOptions}.
 */
public final class AvatarJob {
  /** The job's name in Flink. */
  public static final String NAME = "AvatarFlow";

  private AvatarJob() {}

  /**
   * Submits the job and waits for it where the deployment waits.
   *
   * @throws io.avatarflow.jobs.start.StartException if it could not do its work; nothing was
   *     submitted
   */
  public static void main(String[] args) throws Exception {
    AvatarJobArguments arguments = AvatarJobArguments.parse(args);
    StreamExecutionEnvironment env = environment(arguments.flink());
    build(env, arguments);
    StartChecks.run(arguments, env.getParallelism());
    env.execute(NAME);
  }

  /** Adds the topics' sources and sinks and the graph between them to an environment. */
  public static void build(StreamExecutionEnvironment env, AvatarJobArguments arguments) {
    build(env, arguments, new KafkaEnds(arguments));
  }

  /** Adds the graph and what stands at its ends to an environment. */
  public static void build(
      StreamExecutionEnvironment env, AvatarJobArguments arguments, JobEnds ends) {
    configure(env, arguments);
    ends.output(Graph.attach(ends.input(env), GraphSettings.of(arguments), ends.decisionLog()));
  }

  /**
   * The environment that the cluster gives, or the one that {@code flink.execution.target} names.
   */
  private static StreamExecutionEnvironment environment(Configuration flink) {
    return flink.contains(DeploymentOptions.TARGET)
        ? new StreamExecutionEnvironment(flink)
        : StreamExecutionEnvironment.getExecutionEnvironment(flink);
  }

  private static void configure(StreamExecutionEnvironment env, AvatarJobArguments arguments) {
    // Without these the defaults hold records back up to 100 ms a hop and copy each of them at
    // every operator.
    env.setBufferTimeout(0);
    env.getConfig().enableObjectReuse();
    Configuration own = new Configuration();
    own.set(PipelineOptions.GENERIC_TYPES, false);
    env.configure(own);
    env.setMaxParallelism(arguments.get(GraphOptions.MAX_PARALLELISM));
    arguments.options().getOptional(GraphOptions.PARALLELISM).ifPresent(env::setParallelism);
    Duration interval = arguments.get(GraphOptions.CHECKPOINT_INTERVAL);
    if (!interval.isZero()) {
      // Also with at-least-once delivery: otherwise a restored session would hear some audio twice.
      env.enableCheckpointing(interval.toMillis(), CheckpointingMode.EXACTLY_ONCE);
      // Behind a restore too: what takes sessions over has better to do at first.
      env.getCheckpointConfig().setMinPauseBetweenCheckpoints(interval.toMillis() / 2);
    }
  }
}
