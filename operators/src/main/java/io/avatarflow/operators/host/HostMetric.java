package io.avatarflow.operators.host;

/** The metrics of an operator, under the group {@code avatar}; names are the contract. */
public enum HostMetric {
  BLOCKS("blocks", "Blocks that the last stage of the operator has finished."),
  SUPPRESSED_FRAMES(
      "suppressedFrames", "Frames of an interrupted epoch that were made and not emitted."),
  FAILED_SESSIONS("failedSessions", "Sessions that ended here because a stage could not go on."),
  DROPPED_RECORDS(
      "droppedRecords", "Records of failed, ended or unknown sessions that were dropped."),
  SESSIONS("sessions", "Sessions that are open at this subtask."),
  QUEUED("queued", "Records that wait for a stage's turn before them."),
  IN_FLIGHT("inFlight", "Turns that a device has not given back."),
  QUEUE_MICROS(
      "queueMicros",
      "Microseconds from a record's arrival at the stage to its commit, less its steps; recent."),
  COMPUTE_MICROS("computeMicros", "Microseconds that a record spent inside steps; recent.");

  private final String metricName;
  private final String description;

  HostMetric(String metricName, String description) {
    this.metricName = metricName;
    this.description = description;
  }

  /** The name under which Flink's reporters publish it. */
  public String metricName() {
    return metricName;
  }

  /** What it counts, in one sentence. */
  public String description() {
    return description;
  }
}
