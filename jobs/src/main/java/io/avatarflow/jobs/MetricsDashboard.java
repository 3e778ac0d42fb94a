package io.avatarflow.jobs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.avatarflow.operators.stage.AvatarMetric;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Writes {@code docker/grafana/dashboards/avatarflow.json} from {@link AvatarMetric} and Flink's
 * own metrics; a test keeps the file equal to this.
 */
public final class MetricsDashboard {
  private static final String OPERATOR = "flink_taskmanager_job_task_operator_";
  private static final String TASK = "flink_taskmanager_job_task_";
  private static final String JOB = "flink_jobmanager_job_";
  private static final String JVM = "flink_taskmanager_Status_JVM_";
  private static final Pattern SERIES = Pattern.compile("flink_\\w+");
  private static final int WIDTH = 24;
  private static final int HEIGHT = 7;
  private static final int MOST_A_LINE = 6;

  private static final List<Row> ROWS =
      List.of(
          new Row(
              "Sessions",
              gauge(AvatarMetric.SESSIONS, "Open sessions"),
              perProcess(AvatarMetric.OPENED_SESSIONS, "Sessions opened"),
              perProcess(AvatarMetric.REFUSED_SESSIONS, "Sessions refused"),
              rate(AvatarMetric.FAILED_SESSIONS, "Sessions that failed"),
              perProcess(AvatarMetric.EXPIRED_SESSIONS, "Sessions expired"),
              new Panel(
                  "Frames on time",
                  AvatarMetric.FRAMES_ON_TIME.description(),
                  "percentunit",
                  "sum(rate(%1$s[1m])) / (sum(rate(%1$s[1m])) + sum(rate(%2$s[1m])))"
                      .formatted(
                          series(AvatarMetric.FRAMES_ON_TIME), series(AvatarMetric.FRAMES_LATE)),
                  "on time"),
              new Panel(
                  "Stall minutes of the last hour",
                  "Minutes in which fewer than 99 of 100 frames were on time; a recorded rule.",
                  "short",
                  "avatarflow:stall_minutes:1h",
                  "{{cell}}"),
              quantile(AvatarMetric.LATENCY_MICROS, "Release to emission", "job_name"),
              quantile(AvatarMetric.LATENESS_MICROS, "Lateness", "job_name"),
              rate(AvatarMetric.SUPPRESSED_FRAMES, "Frames suppressed by interrupts"),
              perProcess(AvatarMetric.INTERRUPTS, "Interrupts"),
              highest(AvatarMetric.LADDER_LEVEL, "Ladder level"),
              quantile(AvatarMetric.RUNG, "Rung of blocks", "job_name", "short"),
              perProcess(AvatarMetric.DEGRADATIONS, "Steps down the ladder"),
              perProcess(AvatarMetric.RECOVERIES, "Steps up the ladder"),
              perProcess(AvatarMetric.DEGRADED_BLOCKS, "Degraded blocks"),
              perProcess(AvatarMetric.IDLE_BLOCKS, "Idle blocks")),
          new Row(
              "Devices",
              gauge(AvatarMetric.IN_FLIGHT, "Turns on a device"),
              quantile(AvatarMetric.COMPUTE_MICROS, "Time in steps", "stage"),
              quantile(AvatarMetric.QUEUE_MICROS, "Time in queues", "stage"),
              median(AvatarMetric.BATCH_SIZE, "Turns in a batch", "short"),
              median(AvatarMetric.BATCH_FILL, "Batch fill", "percent"),
              rate(AvatarMetric.STALLS, "Stalls", "stage")),
          new Row(
              "Pipeline",
              rate(AvatarMetric.REJECTED_INPUT, "Records rejected"),
              perProcess(AvatarMetric.CONCEALED_GAPS, "Gaps concealed"),
              perProcess(AvatarMetric.BUFFERS_HIGH, "Buffers that ran high"),
              rate(AvatarMetric.DROPPED_RECORDS, "Records dropped"),
              rate(AvatarMetric.BLOCKS, "Blocks finished"),
              gauge(AvatarMetric.QUEUED, "Records waiting"),
              highest(
                  "Back-pressure",
                  "Milliseconds a second that a task could not emit.",
                  "ms",
                  "task_name",
                  TASK + "backPressuredTimeMsPerSecond"),
              highest(
                  "Mailbox latency, 99 %",
                  "Milliseconds that a letter waits in a task's mailbox.",
                  "ms",
                  "task_name",
                  TASK + "mailboxLatencyMs{quantile=\"0.99\"}")),
          new Row(
              "Recovery",
              perProcess(AvatarMetric.RESTORED_SESSIONS, "Sessions restored"),
              quantile(AvatarMetric.RESTORE_GAP_MICROS, "Gap of restored sessions", "job_name"),
              highest(
                  "Restarts",
                  "Restarts of the job or a part of it since it was submitted.",
                  "short",
                  "job_name",
                  JOB + "numRestarts"),
              new Panel(
                  "Age of the last checkpoint",
                  "Time since a checkpoint was completed: what a restore would have to do again.",
                  "s",
                  "time() - max by (job_name) (%slastCheckpointCompletedTimestamp) / 1000"
                      .formatted(JOB),
                  "{{job_name}}"),
              highest(
                  "Duration of the last checkpoint",
                  "From trigger to completion.",
                  "ms",
                  "job_name",
                  JOB + "lastCheckpointDuration"),
              highest(
                  "Failed checkpoints",
                  "Checkpoints that failed since the job was submitted.",
                  "short",
                  "job_name",
                  JOB + "numberOfFailedCheckpoints")),
          new Row(
              "Capacity",
              new Panel(
                  "Seats",
                  AvatarMetric.SEATS.description(),
                  "short",
                  "sum(max by (tm_id) (%s))".formatted(series(AvatarMetric.SEATS)),
                  "seats"),
              highest(AvatarMetric.SEATS_FREE, "Free seats"),
              highest(
                  "Sessions of a process",
                  AvatarMetric.SESSIONS.description(),
                  "short",
                  "tm_id",
                  "sum by (tm_id, operator_name) (%s)".formatted(series(AvatarMetric.SESSIONS))),
              highest(
                  "Processor load of a process",
                  "Share of all processors of its machine.",
                  "percentunit",
                  "tm_id",
                  JVM + "CPU_Load"),
              highest(
                  "Heap in use",
                  "State of sessions and records in flight live here.",
                  "percentunit",
                  "tm_id",
                  "%1$sMemory_Heap_Used / %1$sMemory_Heap_Max".formatted(JVM)),
              new Panel(
                  "Free task slots",
                  "Slots that can take over the tasks of a lost process.",
                  "short",
                  "max(flink_jobmanager_taskSlotsAvailable)",
                  "free")));

  private record Row(String title, List<Panel> panels) {
    Row(String title, Panel... panels) {
      this(title, List.of(panels));
    }
  }

  private record Panel(
      String title, String description, String unit, String expression, String legend) {}

  private MetricsDashboard() {}

  /** Writes the dashboard to the given file. */
  public static void main(String[] args) throws IOException {
    Files.writeString(Path.of(args[0]), json());
  }

  /** The dashboard as Grafana takes it. */
  public static String json() {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode board =
        mapper
            .createObjectNode()
            .put("title", "AvatarFlow")
            .put("uid", "avatarflow")
            .put("schemaVersion", 39)
            .put("refresh", "5s")
            .put("editable", false);
    board.putObject("time").put("from", "now-15m").put("to", "now");
    ArrayNode panels = board.putArray("panels");
    int y = 0;
    for (Row row : ROWS) {
      place(
          panels
              .addObject()
              .put("id", panels.size())
              .put("type", "row")
              .put("title", row.title())
              .put("collapsed", false),
          0,
          y++,
          WIDTH,
          1);
      int lines = (row.panels().size() + MOST_A_LINE - 1) / MOST_A_LINE;
      int inALine = (row.panels().size() + lines - 1) / lines;
      int width = WIDTH / inALine;
      for (int i = 0; i < row.panels().size(); i++) {
        add(panels, row.panels().get(i), i % inALine * width, y + i / inALine * HEIGHT, width);
      }
      y += lines * HEIGHT;
    }
    try {
      DefaultIndenter lines = new DefaultIndenter("  ", "\n");
      return mapper
              .writer(new DefaultPrettyPrinter().withObjectIndenter(lines).withArrayIndenter(lines))
              .writeValueAsString(board)
          + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What the panels ask Prometheus for. */
  public static List<String> expressions() {
    return ROWS.stream().flatMap(row -> row.panels().stream()).map(Panel::expression).toList();
  }

  /** Names of all series that the panels show. */
  public static Set<String> series() {
    return ROWS.stream()
        .flatMap(row -> row.panels().stream())
        .flatMap(panel -> SERIES.matcher(panel.expression()).results())
        .map(match -> match.group())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static void add(ArrayNode panels, Panel panel, int x, int y, int width) {
    ObjectNode node =
        panels
            .addObject()
            .put("id", panels.size())
            .put("type", "timeseries")
            .put("title", panel.title())
            .put("description", panel.description());
    place(node, x, y, width, HEIGHT);
    node.putObject("datasource").put("type", "prometheus").put("uid", "prometheus");
    node.putObject("fieldConfig").putObject("defaults").put("unit", panel.unit()).put("min", 0);
    node.putArray("targets")
        .addObject()
        .put("refId", "A")
        .put("expr", panel.expression())
        .put("legendFormat", panel.legend());
  }

  private static void place(ObjectNode node, int x, int y, int width, int height) {
    node.putObject("gridPos").put("x", x).put("y", y).put("w", width).put("h", height);
  }

  private static String series(AvatarMetric metric) {
    boolean ofStage = metric.scope() == AvatarMetric.Scope.STAGE;
    return OPERATOR + (ofStage ? "avatar_stage_" : "avatar_") + metric.metricName();
  }

  private static Panel rate(AvatarMetric metric, String title) {
    return rate(metric, title, "operator_name");
  }

  /** A rate of something that only one operator counts. */
  private static Panel perProcess(AvatarMetric metric, String title) {
    return rate(metric, title, "tm_id");
  }

  private static Panel rate(AvatarMetric metric, String title, String by) {
    return lines(
        title + " a second",
        metric.description(),
        "short",
        "sum",
        by,
        "rate(%s[1m])".formatted(series(metric)));
  }

  private static Panel gauge(AvatarMetric metric, String title) {
    return lines(title, metric.description(), "short", "sum", "operator_name", series(metric));
  }

  private static Panel quantile(AvatarMetric metric, String title, String by) {
    return quantile(metric, title, by, "µs");
  }

  private static Panel quantile(AvatarMetric metric, String title, String by, String unit) {
    String series = series(metric) + "{quantile=\"0.99\"}";
    return highest(title + ", 99 %", metric.description(), unit, by, series);
  }

  private static Panel median(AvatarMetric metric, String title, String unit) {
    String series = series(metric) + "{quantile=\"0.5\"}";
    return lines(title + ", median", metric.description(), unit, "avg", "stage", series);
  }

  private static Panel highest(AvatarMetric metric, String title) {
    return highest(title, metric.description(), "short", "tm_id", series(metric));
  }

  private static Panel highest(
      String title, String description, String unit, String by, String expression) {
    return lines(title, description, unit, "max", by, expression);
  }

  /** A panel with a line for each value of a label, which a function makes of the series. */
  private static Panel lines(
      String title,
      String description,
      String unit,
      String function,
      String label,
      String expression) {
    String query = "%s by (%s) (%s)".formatted(function, label, expression);
    return new Panel(title, description, unit, query, "{{" + label + "}}");
  }
}
