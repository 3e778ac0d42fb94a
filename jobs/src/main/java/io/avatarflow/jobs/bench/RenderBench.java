package io.avatarflow.jobs.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.avatarflow.jobs.local.Folders;
import io.avatarflow.operators.pack.PackSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Renders the bundled sample again and again, each time in a new process, and takes the figures
 * from the reports.
 *
 * <p>Each run renders twice: as fast as it goes, for speed and start-up, and at the speed of
 * speech, for what the engine adds to the model's own time.
 */
public final class RenderBench {
  private static final String MAIN = "io.avatarflow.jobs.cli.AvatarFlow";

  private final String pack;
  private final int runs;
  private final Consumer<String> progress;

  /**
   * @param pack the model pack
   * @param runs how many, 1 or more
   * @param progress told of each run
   */
  public RenderBench(String pack, int runs, Consumer<String> progress) {
    this.pack = pack;
    this.runs = runs;
    this.progress = progress;
  }

  /** Runs the benchmark. */
  public List<BenchResult.Line> run() throws IOException, InterruptedException {
    // An unknown pack is told here, not by the process that was started for it.
    PackSource.of(pack).close();
    List<JsonNode> fast = new ArrayList<>();
    List<JsonNode> live = new ArrayList<>();
    for (int i = 0; i < runs; i++) {
      progress.accept("run %d of %d".formatted(i + 1, runs));
      fast.add(render("asap"));
      live.add(render("realtime"));
    }
    return List.of(
        line("render.real_time_factor", "ratio", fast, "/realTimeFactor"),
        line("render.startup_s", "s", fast, "/startupSeconds"),
        line("render.heap_peak_mb", "MiB", fast, "/heapPeakMegabytes"),
        line("render.engine_p50_ms", "ms", live, "/engineLatencyMillis/p50"),
        line("render.engine_p95_ms", "ms", live, "/engineLatencyMillis/p95"),
        line("render.queue_p50_ms", "ms", live, "/queueMillis/p50"),
        line("render.latency_p50_ms", "ms", live, "/latencyMillis/p50"),
        line("render.latency_p95_ms", "ms", live, "/latencyMillis/p95"));
  }

  private static BenchResult.Line line(
      String measure, String unit, List<JsonNode> reports, String pointer) {
    return BenchResult.Line.of(
        measure, unit, reports.stream().map(r -> r.at(pointer).asDouble()).toList());
  }

  private JsonNode render(String pace) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("avatarflow-bench-");
    try {
      Path report = folder.resolve("report.json");
      Path log = folder.resolve("log.txt");
      // The command deletes its scratch folder at its end, as it does when the launcher makes one.
      Path scratch = Files.createDirectory(folder.resolve("scratch"));
      Process process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xms768m",
                  "-Xmx768m",
                  "-Xmn384m",
                  "-XX:SurvivorRatio=4",
                  "-XX:+UseSerialGC",
                  "-Djava.awt.headless=true",
                  "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0",
                  "-Djava.io.tmpdir=" + scratch,
                  "-Davatarflow.scratch=" + scratch,
                  "-cp",
                  System.getProperty("java.class.path"),
                  MAIN,
                  "render",
                  "--pack",
                  pack,
                  "--pace",
                  pace,
                  "--out",
                  folder.resolve("out.mp4").toString(),
                  "--report",
                  report.toString())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      if (process.waitFor() != 0) {
        throw new IOException(
            "A render of the benchmark failed: "
                + Files.readString(log).strip().replaceFirst("^avatarflow: ", ""));
      }
      return new ObjectMapper().readTree(report.toFile());
    } finally {
      Folders.delete(folder);
    }
  }
}
