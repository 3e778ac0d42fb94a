package io.avatarflow.jobs;

import static org.apache.flink.configuration.ConfigOptions.key;

import io.avatarflow.operators.identity.IdentityPolicy;
import io.avatarflow.operators.ingest.IdleRest;
import io.avatarflow.operators.ingest.IngestOptions;
import io.avatarflow.operators.ingest.LadderOptions;
import io.avatarflow.operators.ingest.PacingOptions;
import io.avatarflow.schemas.Topics;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.ConfigOption;

/**
 * The options of {@link AvatarJob}, given as {@code --key value} on its command line.
 *
 * <p>The table in {@code docs/options.md} is generated from here. Keys below {@code kafka.} go to
 * the Kafka clients untouched, keys below {@code flink.} to Flink's configuration.
 */
public final class AvatarJobOptions {
  /** Prefix of keys that go to every Kafka client untouched, for example TLS and SASL settings. */
  public static final String KAFKA_PREFIX = "kafka.";

  /** Prefix of keys that go to Flink's configuration. */
  public static final String FLINK_PREFIX = "flink.";

  public static final ConfigOption<String> BOOTSTRAP =
      key("bootstrap")
          .stringType()
          .noDefaultValue()
          .withDescription("Kafka brokers as host:port, comma-separated; required.");

  public static final ConfigOption<String> INPUT_TOPIC =
      key("input-topic")
          .stringType()
          .defaultValue(Topics.DEFAULT.input())
          .withDescription("Topic that SessionInput records are read from.");

  public static final ConfigOption<InputKind> INPUT =
      key("input")
          .enumType(InputKind.class)
          .defaultValue(InputKind.LIVE)
          .withDescription(
              "What the input topic holds: live sessions, or a staged recording with the recorded offsets and decisions"
                  + " in its headers.");

  public static final ConfigOption<Boolean> BOUNDED =
      key("bounded")
          .booleanType()
          .defaultValue(false)
          .withDescription(
              "End behind the records that the input topic holds when the job starts, as a replay does.");

  public static final ConfigOption<String> FRAMES_TOPIC =
      key("frames-topic")
          .stringType()
          .defaultValue(Topics.DEFAULT.frames())
          .withDescription("Topic that frames and stream marks are written to.");

  public static final ConfigOption<String> EVENTS_TOPIC =
      key("events-topic")
          .stringType()
          .defaultValue(Topics.DEFAULT.events())
          .withDescription("Topic that informative session events are written to.");

  public static final ConfigOption<String> REJECTS_TOPIC =
      key("rejects-topic")
          .stringType()
          .defaultValue(Topics.DEFAULT.rejects())
          .withDescription(
              "Topic that input which could not be processed is written to, as it came.");

  public static final ConfigOption<String> GROUP_ID =
      key("group-id")
          .stringType()
          .defaultValue("avatarflow")
          .withDescription(
              "Kafka consumer group whose offsets are committed at checkpoints, for monitoring.");

  public static final ConfigOption<List<String>> TENANTS =
      key("tenants")
          .stringType()
          .asList()
          .defaultValues()
          .withDescription(
              "Tenants whose sessions the input topic may hold, separated by semicolons; records of"
                  + " others go to the rejects topic. Any tenant when empty. Who may write to the"
                  + " topic is the brokers' business (ACLs).");

  public static final ConfigOption<StartFrom> START_FROM =
      key("start-from")
          .enumType(StartFrom.class)
          .defaultValue(StartFrom.COMMITTED)
          .withDescription(
              "Where a job without a checkpoint begins to read the input topic: at the group's"
                  + " committed offsets (the latest records where it has none), at the earliest or"
                  + " at the latest records.");

  public static final ConfigOption<Duration> START_TIMEOUT =
      key("start-timeout")
          .durationType()
          .defaultValue(Duration.ofSeconds(20))
          .withDescription(
              "Longest time that the checks before the start wait for Kafka; a job whose"
                  + " credentials, pack or topics are not in order is not submitted.");

  public static final ConfigOption<String> PACK =
      key("pack")
          .stringType()
          .defaultValue("reference")
          .withDescription(
              "Model pack that the job serves: the name of a bundled pack, or the path of a pack's"
                  + " directory or jar that every task manager can read.");

  public static final ConfigOption<String> PACK_DIGEST =
      key("pack-digest")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "SHA-256 that the pack must have, hexadecimal; the job refuses to start with another"
                  + " pack. Not checked when absent.");

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

  public static final ConfigOption<Delivery> DELIVERY =
      key("delivery")
          .enumType(Delivery.class)
          .defaultValue(Delivery.AT_LEAST_ONCE)
          .withDescription(
              "Guarantee of the frames topic: at-least-once adds no latency and leaves removing"
                  + " duplicates to the reader, exactly-once shows frames at the end of each"
                  + " checkpoint.");

  public static final ConfigOption<IdentityPolicy> IDENTITY_POLICY =
      key("identity.policy")
          .enumType(IdentityPolicy.class)
          .defaultValue(IdentityPolicy.BUNDLED)
          .withDescription(
              "Whose face may be driven: only the identities that the pack bundles, or any picture"
                  + " a session brings.");

  public static final ConfigOption<String> IDENTITY_ROOT =
      key("identity.root")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "Folder that identity paths are confined to; sessions that name a path are refused"
                  + " when absent.");

  public static final ConfigOption<PacingOptions.Mode> PACING =
      key("pacing")
          .enumType(PacingOptions.Mode.class)
          .defaultValue(PacingOptions.Mode.ASAP)
          .withDescription(
              "What tells time: asap makes a block as soon as its audio is complete and suits files"
                  + " and replays; realtime keeps the clock for live sessions, fills what does not"
                  + " come in time and gives blocks deadlines.");

  public static final ConfigOption<Duration> PACING_LEAD =
      key("pacing.lead")
          .durationType()
          .defaultValue(PacingOptions.ASAP.lead())
          .withDescription(
              "How long before its media begins a block may be released in realtime when its audio"
                  + " is there.");

  public static final ConfigOption<Duration> PACING_GRACE =
      key("pacing.grace")
          .durationType()
          .defaultValue(PacingOptions.ASAP.grace())
          .withDescription(
              "How long beyond the moment at which live audio would be complete a block waits in"
                  + " realtime for audio that is late, before the idle policy fills it.");

  public static final ConfigOption<Duration> PACING_BUDGET =
      key("pacing.budget")
          .durationType()
          .defaultValue(PacingOptions.ASAP.budget())
          .withDescription(
              "How much later than the moment at which live audio would be complete a block's"
                  + " frames may leave the engine in realtime and still be on time.");

  public static final ConfigOption<Integer> SEATS =
      key("seats")
          .intType()
          .noDefaultValue()
          .withDescription(
              "Live sessions that a process carries, shared by its subtasks; others are refused with a hint when to ask"
                  + " again. Absent: the number of the capacity profile, or no limit where there is none.");

  public static final ConfigOption<String> SEATS_PROFILE =
      key("seats.profile")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "Capacity profile as avatarflow bench capacity writes it, a file that every task manager can read; the job"
                  + " refuses to start when it was measured with another pack, device or kind of machine.");

  public static final ConfigOption<String> SEATS_TOPIC =
      key("seats.topic")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "Topic that free seats are published to once a second, a JSON record for each subtask, for the placement"
                  + " library; a compacted topic suits. Not published when absent.");

  public static final ConfigOption<Map<String, String>> TENANT_SEATS =
      key("tenant-seats")
          .mapType()
          .defaultValue(Map.of())
          .withDescription(
              "Seats of each process that a tenant may hold at most, as tenant:seats,tenant:seats; * stands for every"
                  + " tenant that is not named.");

  public static final ConfigOption<Boolean> LADDER =
      key("ladder")
          .booleanType()
          .defaultValue(true)
          .withDescription(
              "Whether quality goes down the pack's ladder when blocks run late, under realtime pacing.");

  public static final ConfigOption<Duration> LADDER_OVERLOAD_SLACK =
      key("ladder.overload-slack")
          .durationType()
          .defaultValue(LadderOptions.DEFAULT.overloadSlack())
          .withDescription(
              "Quality goes down when more than a tenth of the blocks of a second are finished with less time than this"
                  + " before their deadline.");

  public static final ConfigOption<Duration> LADDER_RECOVERY_SLACK =
      key("ladder.recovery-slack")
          .durationType()
          .defaultValue(LadderOptions.DEFAULT.recoverySlack())
          .withDescription(
              "Quality goes up when nearly all blocks are finished with more time than this before their deadline.");

  public static final ConfigOption<Duration> LADDER_RECOVERY_TIME =
      key("ladder.recovery-time")
          .durationType()
          .defaultValue(LadderOptions.DEFAULT.recoveryTime())
          .withDescription(
              "For how long they must before quality goes up by a rung; up to 16 times as long where a step up did not"
                  + " last.");

  public static final ConfigOption<Duration> IDLE_MOVING =
      key("idle.moving")
          .durationType()
          .defaultValue(IdleRest.DEFAULT.moving())
          .withDescription(
              "How long a silent session with the idle policy ANIMATE moves between two rests, in realtime.");

  public static final ConfigOption<Duration> IDLE_RESTING =
      key("idle.resting")
          .durationType()
          .defaultValue(IdleRest.DEFAULT.resting())
          .withDescription(
              "How long it rests then, showing the last picture without running a graph; 0 s for never.");

  public static final ConfigOption<Duration> MAX_BUFFER =
      key("max-buffer")
          .durationType()
          .defaultValue(IngestOptions.DEFAULT.maxBuffer())
          .withDescription(
              "Most media that a session may send ahead of what was released; chunks beyond are"
                  + " rejected.");

  public static final ConfigOption<Duration> IDLE_TIMEOUT =
      key("idle-timeout")
          .durationType()
          .defaultValue(IngestOptions.DEFAULT.idleTimeout())
          .withDescription(
              "A session without input for so long expires with an event; 0 s for never, which"
                  + " suits replays.");

  public static final ConfigOption<Duration> MAX_DURATION =
      key("max-duration")
          .durationType()
          .defaultValue(IngestOptions.DEFAULT.maxDuration())
          .withDescription(
              "Longest media of a session; one that reaches it expires with an event.");

  public static final ConfigOption<Integer> MAX_IN_FLIGHT =
      key("max-in-flight")
          .intType()
          .defaultValue(64)
          .withDescription(
              "Most turns that one operator's subtask has outside its mailbox at a time under pacing asap; realtime"
                  + " bounds what it releases instead, so that nothing has to wait for room.");

  public static final ConfigOption<Boolean> REHEARSAL =
      key("rehearsal")
          .booleanType()
          .defaultValue(true)
          .withDescription(
              "Whether a process plays a short session to itself when a pack comes to it, so that a session that moves"
                  + " in after a failure finds everything loaded.");

  public static final ConfigOption<String> DEVICE =
      key("device")
          .stringType()
          .defaultValue("cpu")
          .withDescription(
              "What runs the pack's graphs: `cpu`, `cuda` for the GPUs that Flink gives to the task"
                  + " manager (external resource `gpu`; the first GPU where Flink gives none), or"
                  + " `cuda:N` for the GPU of index N. CUDA needs a build with the Maven profile"
                  + " `cuda`.");

  public static final ConfigOption<Integer> DEVICE_WORKERS =
      key("device.workers")
          .intType()
          .defaultValue(1)
          .withDescription(
              "Threads that run batches on the accelerator of a process; more than one only pays on"
                  + " CPUs with cores to spare.");

  public static final ConfigOption<Integer> DEVICE_THREADS =
      key("device.threads")
          .intType()
          .defaultValue(1)
          .withDescription(
              "Threads that ONNX Runtime uses inside one graph run; results are the same for every"
                  + " value only within one machine kind.");

  public static final ConfigOption<Integer> DEVICE_BATCH =
      key("device.batch")
          .intType()
          .defaultValue(0)
          .withDescription(
              "Most rows of a batch of sessions; 0 for as many as the pack allows. Pictures do not"
                  + " depend on it.");

  public static final ConfigOption<Integer> CPU_POOL_THREADS =
      key("cpu-pool.threads")
          .intType()
          .defaultValue(2)
          .withDescription(
              "Threads of the pool that encodes video and prepares identities, shared by a"
                  + " process.");

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

  /** All options, in the order of the documentation. */
  public static final List<ConfigOption<?>> ALL =
      List.of(
          BOOTSTRAP,
          INPUT_TOPIC,
          INPUT,
          BOUNDED,
          FRAMES_TOPIC,
          EVENTS_TOPIC,
          REJECTS_TOPIC,
          GROUP_ID,
          TENANTS,
          START_FROM,
          START_TIMEOUT,
          PACK,
          PACK_DIGEST,
          GROUPING,
          TOPOLOGY,
          PARALLELISM,
          MAX_PARALLELISM,
          CHECKPOINT_INTERVAL,
          RECOVERY_TIMEOUT,
          DELIVERY,
          IDENTITY_POLICY,
          IDENTITY_ROOT,
          PACING,
          PACING_LEAD,
          PACING_GRACE,
          PACING_BUDGET,
          SEATS,
          SEATS_PROFILE,
          SEATS_TOPIC,
          TENANT_SEATS,
          LADDER,
          LADDER_OVERLOAD_SLACK,
          LADDER_RECOVERY_SLACK,
          LADDER_RECOVERY_TIME,
          IDLE_MOVING,
          IDLE_RESTING,
          MAX_BUFFER,
          IDLE_TIMEOUT,
          MAX_DURATION,
          MAX_IN_FLIGHT,
          REHEARSAL,
          DEVICE,
          DEVICE_WORKERS,
          DEVICE_THREADS,
          DEVICE_BATCH,
          CPU_POOL_THREADS,
          SPAN_SAMPLING,
          RAW_FRAMES_DIR);

  /** Prefixes of keys that are passed on, with what they are for. */
  public static final Map<String, String> PASSED_ON =
      Map.of(
          KAFKA_PREFIX, "Any setting of the Kafka clients, for example `kafka.security.protocol`.",
          FLINK_PREFIX, "Any setting of Flink, for example `flink.execution.checkpointing.dir`.");

  /** Where reading begins. */
  public enum StartFrom {
    COMMITTED,
    EARLIEST,
    LATEST
  }

  /** What the input topic holds. */
  public enum InputKind {
    LIVE,
    RECORDED
  }

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

  /** Guarantee of the frames topic. */
  public enum Delivery {
    AT_LEAST_ONCE,
    EXACTLY_ONCE
  }

  private AvatarJobOptions() {}
}
