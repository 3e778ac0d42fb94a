package io.avatarflow.jobs.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * A cell of processes on this machine, driven by {@code docker/local-cluster.sh}: broker, job
 * manager, task managers and the job. {@link #close} ends all of them. Not thread-safe.
 */
public final class LocalCell implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(150);

  private final Path script;
  private final Path state;
  private final Layout layout;
  private final HttpClient http = HttpClient.newHttpClient();
  private final ObjectMapper json = new ObjectMapper();

  /**
   * What is started.
   *
   * @param taskManagers processes with two slots each
   * @param parallelism of the job
   * @param flink settings that differ from the shipped ones, {@code key=value}
   * @param jobOptions options of the job
   * @param scriptOptions further options of the script
   */
  public record Layout(
      int taskManagers,
      int parallelism,
      List<String> flink,
      List<String> jobOptions,
      List<String> scriptOptions) {
    /** A cell that needs no further options. */
    public Layout(int taskManagers, int parallelism, List<String> flink, List<String> jobOptions) {
      this(taskManagers, parallelism, flink, jobOptions, List.of());
    }

    /** The same cell whose job reaches the broker through a relay. */
    Layout through(Relay relay) {
      List<String> options = new ArrayList<>(jobOptions);
      options.addAll(List.of("--bootstrap", "127.0.0.1:" + relay.port()));
      return new Layout(
          taskManagers,
          parallelism,
          flink,
          options,
          List.of("--relayed", relay.target() + ":" + relay.port()));
    }
  }

  private LocalCell(Path script, Path state, Layout layout) {
    this.script = script;
    this.state = state;
    this.layout = layout;
  }

  /**
   * Starts a cell and waits until all subtasks of its job run.
   *
   * @param script the script, whose build of the engine is used
   * @param state an empty folder for logs, topics and checkpoints
   */
  public static LocalCell start(Path script, Path state, Layout layout) throws IOException {
    LocalCell cell = new LocalCell(script, state, layout);
    List<String> command = new ArrayList<>();
    command.addAll(List.of("--task-managers", Integer.toString(layout.taskManagers())));
    command.addAll(List.of("--parallelism", Integer.toString(layout.parallelism())));
    command.addAll(layout.scriptOptions());
    layout.flink().forEach(setting -> command.addAll(List.of("--flink", setting)));
    command.add("up");
    command.addAll(layout.jobOptions());
    cell.run(command);
    return cell;
  }

  /** {@code host:port} of the broker. */
  public String bootstrap() throws IOException {
    return address("bootstrap");
  }

  /** Kills a process with SIGKILL: {@code broker}, {@code jobmanager} or {@code taskmanager-N}. */
  void kill(String name) throws IOException {
    run(List.of("kill", name));
  }

  /** Stops a process with SIGSTOP; it keeps its connections. */
  void pause(String name) throws IOException {
    run(List.of("pause", name));
  }

  /** Lets a stopped process go on. */
  void resume(String name) throws IOException {
    run(List.of("resume", name));
  }

  /** Starts a killed process again. */
  void startAgain(String name) throws IOException {
    run(List.of("start", name));
  }

  /**
   * Ends job manager and task managers and starts them again from the build of another script.
   *
   * @return the cell as that script drives it; this one still closes it
   */
  LocalCell renew(Path other) throws IOException {
    LocalCell renewed = new LocalCell(other, state, layout);
    renewed.run(List.of("renew"));
    return renewed;
  }

  /** Submits the job again from a checkpoint or savepoint. */
  void submit(Path snapshot) throws IOException {
    List<String> command = new ArrayList<>();
    command.addAll(List.of("--parallelism", Integer.toString(layout.parallelism()), "submit"));
    command.addAll(List.of("--flink.execution.state-recovery.path", snapshot.toUri().toString()));
    command.addAll(layout.jobOptions());
    run(command);
  }

  /** Stops the job with a savepoint and returns where it is. */
  Path stopWithSavepoint() throws IOException {
    JsonNode trigger =
        send("POST", "/jobs/" + address("job") + "/stop", "{\"drain\": false}").orElseThrow();
    String path = "/jobs/" + address("job") + "/savepoints/" + trigger.get("request-id").asText();
    Path[] found = new Path[1];
    await(
        "the savepoint",
        () -> {
          Optional<JsonNode> answer = get(path);
          answer
              .map(node -> node.at("/operation/location"))
              .filter(JsonNode::isTextual)
              .ifPresent(location -> found[0] = Path.of(URI.create(location.asText())));
          return found[0] != null;
        });
    return found[0];
  }

  /** The newest checkpoint that is complete. */
  Path latestCheckpoint() throws IOException {
    try (Stream<Path> files = Files.walk(state.resolve("checkpoints"), 4)) {
      return files
          .filter(file -> file.getFileName().toString().equals("_metadata"))
          .map(Path::getParent)
          .max(Comparator.comparingInt(LocalCell::number))
          .orElseThrow(() -> new IOException("No checkpoint is complete in %s.".formatted(state)));
    }
  }

  private static int number(Path checkpoint) {
    return Integer.parseInt(checkpoint.getFileName().toString().substring("chk-".length()));
  }

  /** From now on the job manager and the task managers find the disk full when they write. */
  void fillDisk() throws IOException {
    run(List.of("fill-disk"));
  }

  /** They can write again. */
  void emptyDisk() throws IOException {
    run(List.of("empty-disk"));
  }

  /** Number of checkpoints of the job that did not complete. */
  long failedCheckpoints() throws IOException {
    return get("/jobs/" + address("job") + "/checkpoints")
        .map(node -> node.at("/counts/failed").asLong())
        .orElse(0L);
  }

  /** Waits until the job manager has all slots. */
  void awaitSlots(int slots) throws IOException {
    await(
        slots + " slots",
        () -> get("/overview").map(node -> node.path("slots-total").asInt()).orElse(0) == slots);
  }

  /** Waits until every subtask of the job runs. */
  void awaitRunning() throws IOException {
    await("the job to run with all its subtasks", this::runs);
  }

  private boolean runs() {
    try {
      return get("/jobs/" + address("job"))
          .filter(job -> job.path("state").asText().equals("RUNNING"))
          .map(
              job -> {
                for (JsonNode vertex : job.path("vertices")) {
                  if (vertex.at("/tasks/RUNNING").asInt() != vertex.path("parallelism").asInt()) {
                    return false;
                  }
                }
                return true;
              })
          .orElse(false);
    } catch (IOException e) {
      return false;
    }
  }

  /** The task manager that runs each subtask of the graph behind the exchange, by index. */
  List<String> placement() throws IOException {
    List<String> managers = new ArrayList<>();
    for (JsonNode subtask : graph().path("subtasks")) {
      managers.add(subtask.path("taskmanager-id").asText());
    }
    return managers;
  }

  private JsonNode graph() throws IOException {
    String job = "/jobs/" + address("job");
    JsonNode last = null;
    for (JsonNode vertex : get(job).orElseThrow().path("vertices")) {
      last = vertex;
    }
    return get(job + "/vertices/" + last.path("id").asText()).orElseThrow();
  }

  /** Changes the parallelism of everything; the adaptive scheduler restarts the job at once. */
  void rescale(int parallelism) throws IOException {
    String job = "/jobs/" + address("job");
    StringBuilder body = new StringBuilder("{");
    for (JsonNode vertex : get(job).orElseThrow().path("vertices")) {
      body.append(body.length() > 1 ? "," : "")
          .append(
              "\"%s\":{\"parallelism\":{\"lowerBound\":1,\"upperBound\":%d}}"
                  .formatted(vertex.path("id").asText(), parallelism));
    }
    send("PUT", job + "/resource-requirements", body.append('}').toString());
    await(
        "parallelism " + parallelism,
        () -> {
          for (JsonNode vertex : get(job).map(node -> node.path("vertices")).orElseThrow()) {
            if (vertex.path("parallelism").asInt() != parallelism) {
              return false;
            }
          }
          return runs();
        });
  }

  private Optional<JsonNode> get(String path) {
    try {
      return send("GET", path, null);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Empty when the job manager has no good answer. */
  private Optional<JsonNode> send(String method, String path, String body) throws IOException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://" + address("rest") + path))
            .timeout(Duration.ofSeconds(10))
            .header("Content-Type", "application/json")
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body))
            .build();
    try {
      HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
      return answer.statusCode() / 100 == 2
          ? Optional.of(json.readTree(answer.body()))
          : Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while the job manager was asked.", e);
    }
  }

  private static void await(String what, BooleanSupplier condition) throws IOException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    try {
      while (!condition.getAsBoolean()) {
        if (System.nanoTime() > deadline) {
          throw new IOException(
              "Waited %d s in vain for %s.".formatted(PATIENCE.toSeconds(), what));
        }
        TimeUnit.MILLISECONDS.sleep(250);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while waiting for %s.".formatted(what), e);
    }
  }

  private String address(String name) throws IOException {
    try (Stream<String> lines = Files.lines(state.resolve("addresses"))) {
      return lines
          .filter(line -> line.startsWith(name + "="))
          .map(line -> line.substring(name.length() + 1))
          .findFirst()
          .orElseThrow(() -> new IOException("The cell has no address \"%s\".".formatted(name)));
    }
  }

  private void run(List<String> arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of("bash", script.toString(), "--state", state.toString(), "--free-ports"));
    command.addAll(arguments);
    Path output = Files.createTempFile("cell", ".txt");
    try {
      ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
      builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
      Process process = builder.redirectOutput(output.toFile()).start();
      if (!process.waitFor(10, TimeUnit.MINUTES) || process.exitValue() != 0) {
        process.destroy();
        String text = Files.readString(output).strip();
        throw new IOException(text.substring(text.lastIndexOf('\n') + 1));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while %s ran.".formatted(script), e);
    } finally {
      Files.delete(output);
    }
  }

  @Override
  public void close() throws IOException {
    run(List.of("down"));
  }
}
