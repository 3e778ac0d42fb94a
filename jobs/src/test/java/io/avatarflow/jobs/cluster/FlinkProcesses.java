package io.avatarflow.jobs.cluster;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A Flink session cluster of one job manager and one task manager, each a process on the loopback
 * interface.
 */
final class FlinkProcesses {
  private static final List<String> OPENED =
      List.of(
          "--add-opens=java.base/java.lang=ALL-UNNAMED",
          "--add-opens=java.base/java.util=ALL-UNNAMED",
          "-XX:+UseSerialGC");

  private final int restPort;

  private FlinkProcesses(int restPort) {
    this.restPort = restPort;
  }

  static FlinkProcesses start(LocalProcesses processes, Path folder)
      throws IOException, InterruptedException {
    int restPort = freePort();
    Path conf = Files.createDirectories(folder.resolve("conf"));
    Files.writeString(
        conf.resolve("config.yaml"),
        """
        jobmanager.rpc.address: 127.0.0.1
        jobmanager.rpc.port: %d
        jobmanager.bind-host: 127.0.0.1
        taskmanager.host: 127.0.0.1
        taskmanager.bind-host: 127.0.0.1
        rest.address: 127.0.0.1
        rest.bind-address: 127.0.0.1
        rest.port: %d
        rest.bind-port: "%d"
        blob.server.port: "0"
        taskmanager.numberOfTaskSlots: 2
        state.backend.type: hashmap
        execution.checkpointing.dir: %s
        """
            .formatted(freePort(), restPort, restPort, folder.resolve("checkpoints").toUri()));
    processes.start(
        "jobmanager",
        "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint",
        jvm("-Xmx384m"),
        List.of("--configDir", conf.toString()));
    processes.start(
        "taskmanager",
        "org.apache.flink.runtime.taskexecutor.TaskManagerRunner",
        jvm("-Xmx700m"),
        List.of(
            "--configDir",
            conf.toString(),
            "-Dtaskmanager.cpu.cores=1",
            "-Dtaskmanager.memory.framework.heap.size=128m",
            "-Dtaskmanager.memory.task.heap.size=512m",
            "-Dtaskmanager.memory.framework.off-heap.size=128m",
            "-Dtaskmanager.memory.task.off-heap.size=256m",
            "-Dtaskmanager.memory.managed.size=0m",
            "-Dtaskmanager.memory.network.min=64m",
            "-Dtaskmanager.memory.network.max=64m",
            "-Dtaskmanager.memory.jvm-metaspace.size=256m",
            "-Dtaskmanager.memory.jvm-overhead.min=192m",
            "-Dtaskmanager.memory.jvm-overhead.max=192m",
            "-Dtaskmanager.resource-id=task-manager-1"));
    FlinkProcesses cluster = new FlinkProcesses(restPort);
    LocalProcesses.await("a task manager with slots", Duration.ofSeconds(90), cluster::hasSlots);
    return cluster;
  }

  int restPort() {
    return restPort;
  }

  private boolean hasSlots() {
    return get("/overview").contains("\"slots-available\":2");
  }

  private String get(String path) {
    try {
      return HttpClient.newHttpClient()
          .send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + restPort + path)).build(),
              HttpResponse.BodyHandlers.ofString())
          .body();
    } catch (IOException e) {
      return "";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    }
  }

  private static List<String> jvm(String heap) {
    return java.util.stream.Stream.concat(java.util.stream.Stream.of(heap), OPENED.stream())
        .toList();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
