package io.avatarflow.jobs.options;

import static org.apache.flink.configuration.ConfigOptions.key;

import java.time.Duration;
import java.util.List;
import org.apache.flink.configuration.ConfigOption;

/** How stages become operators and records reach them, and how the job recovers. */
public final class GraphOptions {
  public static final ConfigOption<Grouping> GROUPING =
      key("grouping")
          .enumType(Grouping.class)
          .defaultValue(Grouping.SHIPPED)
          .withDescription(
              "How stages are grouped into operators: each named operator of the graph by itself,"
                  + " or all stages in one operator. The pictures are the same.");

  public static final ConfigOption<Topology> TOPOLOGY =
      key("topology")
          .enumType(Topology.class)
          .defaultValue(Topology.KEYED)
          .withDescription(
              "How records reach their subtask: keyed sends them through one exchange, takes producers that choose any"
                  + " partition, and restarts as a whole; lanes reads each partition of the input topic in the subtask"
                  + " that owns its key groups, so that a lost process stalls its own sessions alone. Lanes needs a"
                  + " parallelism that divides the partitions and sends records on a wrong partition to the rejects"
                  + " topic. A job keeps its topology for life: savepoints of one do not fit the other.");

  public static final ConfigOption<Integer> PARALLELISM =
      key("parallelism")
          .intType()
          .noDefaultValue()
          .withDescription("Parallelism of the job; the cluster's default when absent.");

  public static final ConfigOption<Integer> MAX_PARALLELISM =
      key("max-parallelism")
          .intType()
          .defaultValue(60)
          .withDescription(
              "Number of key groups, fixed for the life of a cell; a multiple of the partitions of"
                  + " every topic.");

  public static final ConfigOption<Duration> CHECKPOINT_INTERVAL =
      key("checkpoint-interval")
          .durationType()
          .defaultValue(Duration.ofSeconds(1))
          .withDescription("Time between checkpoints; 0 s turns them off.");

  public static final ConfigOption<Duration> RECOVERY_TIMEOUT =
      key("recovery-timeout")
          .durationType()
          .defaultValue(Duration.ofSeconds(30))
          .withDescription(
              "Longest time that a restored task reads the frames topic for what was decided since"
                  + " the checkpoint; the task fails and is started again when it takes longer.");

  public static final ConfigOption<Boolean> REHEARSAL =
      key("rehearsal")
          .booleanType()
          .defaultValue(true)
          .withDescription(
              "Whether a process plays a short session to itself when a pack comes to it, so that a session that moves"
                  + " in after a failure finds everything loaded.");

  public static final ConfigOption<Integer> MAX_IN_FLIGHT =
      key("max-in-flight")
          .intType()
          .defaultValue(64)
          .withDescription(
              "Most turns that one operator's subtask has outside its mailbox at a time under pacing asap; realtime"
                  + " bounds what it releases instead, so that nothing has to wait for room.");

  public static final ConfigOption<Double> SPAN_SAMPLING =
      key("span-sampling")
          .doubleType()
          .defaultValue(0.0)
          .withDescription(
              "Share of the blocks, 0 to 1, for which a span with all stages goes to Flink's span"
                  + " reporters; which ones follows from session and block.");

  public static final ConfigOption<String> RAW_FRAMES_DIR =
      key("raw-frames-dir")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "Folder that every picture is written to as PNG before encoding, by session and"
                  + " index; for inspection on one machine, off when absent.");

  /** All of them, in the order of the documentation. */
  public static final List<ConfigOption<?>> ALL =
      List.of(
          GROUPING,
          TOPOLOGY,
          PARALLELISM,
          MAX_PARALLELISM,
          CHECKPOINT_INTERVAL,
          RECOVERY_TIMEOUT,
          REHEARSAL,
          MAX_IN_FLIGHT,
          SPAN_SAMPLING,
          RAW_FRAMES_DIR);

  /** How stages are grouped into operators. */
  public enum Grouping {
    SHIPPED,
    ALL_IN_ONE
  }

  /** How records reach their subtask. */
  public enum Topology {
    KEYED,
    LANES
  }

  private GraphOptions() {}
}
