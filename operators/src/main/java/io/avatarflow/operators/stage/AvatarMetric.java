package io.avatarflow.operators.stage;

import java.util.Arrays;
import java.util.List;

/**
 * The metrics of the engine, under the group {@code avatar} of an operator, those of a stage under
 * {@code avatar.stage.<name>}; the names are the contract.
 *
 * <p>None has a label of a session. Counters count since the task started; histograms hold what
 * came lately, see {@code RecentHistogram}.
 */
public enum AvatarMetric {
  BLOCKS(
      "blocks",
      Kind.COUNTER,
      Scope.OPERATOR,
      "Blocks that the last stage of the operator has finished."),
  SUPPRESSED_FRAMES(
      "suppressedFrames",
      Kind.COUNTER,
      Scope.OPERATOR,
      "Frames of an interrupted epoch that were made and not emitted."),
  FAILED_SESSIONS(
      "failedSessions",
      Kind.COUNTER,
      Scope.OPERATOR,
      "Sessions that ended here because a stage could not go on."),
  DROPPED_RECORDS(
      "droppedRecords",
      Kind.COUNTER,
      Scope.OPERATOR,
      "Records of failed, ended or unknown sessions that were dropped."),
  SESSIONS("sessions", Kind.GAUGE, Scope.OPERATOR, "Sessions that are open at this subtask."),
  QUEUED("queued", Kind.GAUGE, Scope.OPERATOR, "Records that wait for a stage's turn before them."),
  IN_FLIGHT("inFlight", Kind.GAUGE, Scope.OPERATOR, "Turns that a device has not given back."),

  QUEUE_MICROS(
      "queueMicros",
      Kind.HISTOGRAM,
      Scope.STAGE,
      "Microseconds from a record's arrival at the stage to its commit, less its steps; recent."),
  COMPUTE_MICROS(
      "computeMicros",
      Kind.HISTOGRAM,
      Scope.STAGE,
      "Microseconds that a record spent inside steps; recent."),
  BATCH_SIZE(
      "batchSize",
      Kind.HISTOGRAM,
      Scope.STAGE,
      "Turns in the largest batch that the steps of a record shared; recent."),
  BATCH_FILL(
      "batchFillPercent",
      Kind.HISTOGRAM,
      Scope.STAGE,
      "Rows of that batch in percent of the most that the stage allows; recent."),
  STALLS(
      "stalls",
      Kind.COUNTER,
      Scope.STAGE,
      "Records that the stage kept longer than 200 ms, waiting and steps together."),

  OPENED_SESSIONS(
      "openedSessions", Kind.COUNTER, Scope.START_OF_GRAPH, "Sessions that were accepted."),
  REFUSED_SESSIONS(
      "refusedSessions",
      Kind.COUNTER,
      Scope.START_OF_GRAPH,
      "Sessions that were refused: no free seat, no quota left, or a request that cannot be met."),
  EXPIRED_SESSIONS(
      "expiredSessions",
      Kind.COUNTER,
      Scope.START_OF_GRAPH,
      "Sessions that ended for lack of input or by their longest duration."),
  REJECTED_INPUT(
      "rejectedInput",
      Kind.COUNTER,
      Scope.START_OF_GRAPH,
      "Input records of which nothing or not all could be used."),
  CONCEALED_GAPS(
      "concealedGaps",
      Kind.COUNTER,
      Scope.START_OF_GRAPH,
      "Gaps in the audio of sessions that were filled with made-up sound."),
  INTERRUPTS(
      "interrupts",
      Kind.COUNTER,
      Scope.START_OF_GRAPH,
      "Interrupts of sessions, each the start of an epoch."),
  BUFFERS_HIGH(
      "buffersHigh",
      Kind.COUNTER,
      Scope.START_OF_GRAPH,
      "Times that a session's input buffer crossed its upper threshold."),
  DEGRADATIONS(
      "degradations",
      Kind.COUNTER,
      Scope.START_OF_GRAPH,
      "Times that a session went down the quality ladder."),
  RECOVERIES(
      "recoveries",
      Kind.COUNTER,
      Scope.START_OF_GRAPH,
      "Times that a session went back up the quality ladder."),
  SEATS(
      "seats",
      Kind.GAUGE,
      Scope.START_OF_GRAPH,
      "Seats of the process, shared by its subtasks; 0 when admission is not limited."),
  SEATS_FREE(
      "seatsFree",
      Kind.GAUGE,
      Scope.START_OF_GRAPH,
      "Seats of the process that a new session could take; below 0 when a restore brought more"
          + " sessions than seats."),
  LADDER_LEVEL(
      "ladderLevel",
      Kind.GAUGE,
      Scope.START_OF_GRAPH,
      "Rung of the quality ladder that the load of the process asks for; 0 is full quality."),

  FRAMES_ON_TIME(
      "framesOnTime",
      Kind.COUNTER,
      Scope.END_OF_GRAPH,
      "Video frames that left by the deadline of their block; all of them under asap pacing."),
  FRAMES_LATE(
      "framesLate",
      Kind.COUNTER,
      Scope.END_OF_GRAPH,
      "Deadline misses: video frames that left behind the deadline of their block."),
  LATENESS_MICROS(
      "latenessMicros",
      Kind.HISTOGRAM,
      Scope.END_OF_GRAPH,
      "Microseconds by which a block's frames left behind its deadline, 0 when on time; recent."),
  LATENCY_MICROS(
      "latencyMicros",
      Kind.HISTOGRAM,
      Scope.END_OF_GRAPH,
      "Microseconds from the release of a block to the emission of its video frames; recent."),
  RUNG(
      "rung",
      Kind.HISTOGRAM,
      Scope.END_OF_GRAPH,
      "Rung of the quality ladder that a block was made at, 0 is full quality; recent."),
  IDLE_BLOCKS(
      "idleBlocks",
      Kind.COUNTER,
      Scope.END_OF_GRAPH,
      "Blocks for which no audio was there in time and the idle policy filled in."),
  DEGRADED_BLOCKS(
      "degradedBlocks",
      Kind.COUNTER,
      Scope.END_OF_GRAPH,
      "Blocks that were made at a lower rung or with fewer steps than asked for."),
  RESTORED_SESSIONS(
      "restoredSessions",
      Kind.COUNTER,
      Scope.END_OF_GRAPH,
      "Sessions that went on after a restore."),
  RESTORE_GAP_MICROS(
      "restoreGapMicros",
      Kind.HISTOGRAM,
      Scope.END_OF_GRAPH,
      "Microseconds that a session stood still for a restore, as its RESTORED mark says; recent.");

  private final String metricName;
  private final Kind kind;
  private final Scope scope;
  private final String description;

  AvatarMetric(String metricName, Kind kind, Scope scope, String description) {
    this.metricName = metricName;
    this.kind = kind;
    this.scope = scope;
    this.description = description;
  }

  /** What a value is. */
  public enum Kind {
    /** Only grows. */
    COUNTER,
    /** Read when a reporter asks. */
    GAUGE,
    /** The distribution of recent values. */
    HISTOGRAM
  }

  /** Which operators have the metric. */
  public enum Scope {
    /** Every operator of the graph. */
    OPERATOR,
    /** Every stage of every operator, with the stage's name as a label. */
    STAGE,
    /** The operator that takes input records. */
    START_OF_GRAPH,
    /** The operator that emits frames. */
    END_OF_GRAPH
  }

  /** All metrics of a kind and scope, in their order. */
  public static List<AvatarMetric> of(Kind kind, Scope scope) {
    return Arrays.stream(values())
        .filter(metric -> metric.kind == kind && metric.scope == scope)
        .toList();
  }

  /** The name under which Flink's reporters publish it. */
  public String metricName() {
    return metricName;
  }

  /** What a value is. */
  public Kind kind() {
    return kind;
  }

  /** Which operators have it. */
  public Scope scope() {
    return scope;
  }

  /** What it tells, in one sentence. */
  public String description() {
    return description;
  }
}
