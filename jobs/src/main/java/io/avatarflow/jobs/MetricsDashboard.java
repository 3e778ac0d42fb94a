package io.avatarflow.jobs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.avatarflow.operators.host.HostMetric;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Writes {@code docker/grafana/dashboards/avatarflow.json} from {@link HostMetric} and Flink's own
 * metrics; a test keeps the file equal to this.
 */
public final class MetricsDashboard {
  private static final String OPERATOR = "flink_taskmanager_job_task_operator_";
  private static final String JOB = "flink_jobmanager_job_";
  private static final String JVM = "flink_taskmanager_Status_JVM_";
  private static final Pattern SERIES = Pattern.compile("flink_\\w+");
  private static final int WIDTH = 24;
  private static final int HEIGHT = 7;

  private static final List<Row> ROWS =
      List.of(
          new Row(
              "Sessions",
              new Panel(
                  "Open sessions",
                  HostMetric.SESSIONS.description(),
                  "short",
                  "sum by (operator_name) (%s)".formatted(series(HostMetric.SESSIONS)),
                  "{{operator_name}}"),
              rate(HostMetric.FAILED_SESSIONS, "Sessions that failed"),
              rate(HostMetric.DROPPED_RECORDS, "Records dropped"),
              rate(HostMetric.SUPPRESSED_FRAMES, "Frames suppressed by interrupts")),
          new Row(
              "Devices",
              new Panel(
                  "Turns on a device",
                  HostMetric.IN_FLIGHT.description(),
                  "short",
                  "sum by (operator_name) (%s)".formatted(series(HostMetric.IN_FLIGHT)),
                  "{{operator_name}}"),
              quantile(HostMetric.COMPUTE_MICROS, "Time in steps"),
              quantile(HostMetric.QUEUE_MICROS, "Time in queues")),
          new Row(
              "Pipeline",
              rate(HostMetric.BLOCKS, "Blocks finished"),
              new Panel(
                  "Records waiting",
                  HostMetric.QUEUED.description(),
                  "short",
                  "sum by (operator_name) (%s)".formatted(series(HostMetric.QUEUED)),
                  "{{operator_name}}"),
              new Panel(
                  "Back-pressure",
                  "Milliseconds a second that a task could not emit.",
                  "ms",
                  "max by (task_name) (flink_taskmanager_job_task_backPressuredTimeMsPerSecond)",
                  "{{task_name}}"),
              new Panel(
                  "Mailbox latency, 99 %",
                  "Milliseconds that a letter waits in a task's mailbox.",
                  "ms",
                  "max by (task_name) (flink_taskmanager_job_task_mailboxLatencyMs{quantile=\"0.99\"})",
                  "{{task_name}}")),
          new Row(
              "Recovery",
              new Panel(
                  "Restarts",
                  "Restarts of the job or a part of it since it was submitted.",
                  "short",
                  "max by (job_name) (" + JOB + "numRestarts)",
                  "{{job_name}}"),
              new Panel(
                  "Age of the last checkpoint",
                  "Time since a checkpoint was completed: what a restore would have to do again.",
                  "s",
                  "time() - max by (job_name) (%slastCheckpointCompletedTimestamp) / 1000"
                      .formatted(JOB),
                  "{{job_name}}"),
              new Panel(
                  "Duration of the last checkpoint",
                  "From trigger to completion.",
                  "ms",
                  "max by (job_name) (" + JOB + "lastCheckpointDuration)",
                  "{{job_name}}"),
              new Panel(
                  "Failed checkpoints",
                  "Checkpoints that failed since the job was submitted.",
                  "short",
                  "max by (job_name) (" + JOB + "numberOfFailedCheckpoints)",
                  "{{job_name}}")),
          new Row(
              "Capacity",
              new Panel(
                  "Sessions of a process",
                  HostMetric.SESSIONS.description(),
                  "short",
                  "max by (tm_id) (sum by (tm_id, operator_name) (%s))"
                      .formatted(series(HostMetric.SESSIONS)),
                  "{{tm_id}}"),
              new Panel(
                  "Processor load of a process",
                  "Share of all processors of its machine.",
                  "percentunit",
                  "max by (tm_id) (" + JVM + "CPU_Load)",
                  "{{tm_id}}"),
              new Panel(
                  "Heap in use",
                  "State of sessions and records in flight live here.",
                  "percentunit",
                  "max by (tm_id) (%1$sMemory_Heap_Used / %1$sMemory_Heap_Max)".formatted(JVM),
                  "{{tm_id}}"),
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
      int width = WIDTH / row.panels().size();
      for (int i = 0; i < row.panels().size(); i++) {
        add(panels, row.panels().get(i), i * width, y, width);
      }
      y += HEIGHT;
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

  private static String series(HostMetric metric) {
    boolean ofStage = metric == HostMetric.QUEUE_MICROS || metric == HostMetric.COMPUTE_MICROS;
    return OPERATOR + (ofStage ? "avatar_stage_" : "avatar_") + metric.metricName();
  }

  private static Panel rate(HostMetric metric, String title) {
    return new Panel(
        title + " a second",
        metric.description(),
        "short",
        "sum by (operator_name) (rate(%s[1m]))".formatted(series(metric)),
        "{{operator_name}}");
  }

  private static Panel quantile(HostMetric metric, String title) {
    return new Panel(
        title + ", 99 %",
        metric.description(),
        "µs",
        "max by (stage) (%s{quantile=\"0.99\"})".formatted(series(metric)),
        "{{stage}}");
  }
}
