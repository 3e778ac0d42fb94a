package io.avatarflow.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.avatarflow.jobs.capacity.CapacityProfile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The benchmarks in their quick form: that they measure something plausible, not how much. */
class BenchCommandITCase {
  @TempDir Path folder;

  @Test
  void overheadGivesARatioAndTheTwoThroughputsItComesFrom() throws Exception {
    Map<String, JsonNode> lines = run("overhead", "--pack", "probe", "--quick");

    double engine = median(lines, "overhead.probe_engine_fps");
    double loop = median(lines, "overhead.probe_loop_fps");
    assertThat(engine).isPositive();
    assertThat(loop).isPositive();
    assertThat(median(lines, "overhead.probe_ratio")).isBetween(1e-3, 1e3);
  }

  @Test
  void latencyIsSeenByAConsumerBesideTheEngine() throws Exception {
    Map<String, JsonNode> lines = run("latency", "--pack", "probe", "--quick");

    assertThat(median(lines, "latency.end_to_end_p50_ms"))
        .isPositive()
        .isGreaterThanOrEqualTo(median(lines, "latency.engine_p50_ms"));
    assertThat(median(lines, "latency.engine_p95_ms"))
        .isGreaterThanOrEqualTo(median(lines, "latency.engine_p50_ms"));
    assertThat(median(lines, "latency.on_time")).isBetween(0.0, 1.0);
    assertThat(median(lines, "latency.interrupts")).isPositive();
    assertThat(median(lines, "latency.first_frames")).isPositive();
    assertThat(median(lines, "latency.first_frame_p95_ms")).isPositive();
    assertThat(lines)
        .containsKeys("latency.agreement", "latency.interrupt_p99_ms", "idle.cost_ratio");
  }

  @Test
  void capacityWritesAProfileThatSeatsAndPlansCanRead() throws Exception {
    Path file = folder.resolve("profile.json");

    Map<String, JsonNode> lines =
        run("capacity", "--pack", "probe", "--quick", "--profile", file.toString());

    CapacityProfile profile = CapacityProfile.read(file);
    assertThat(profile.problem()).isEmpty();
    assertThat(profile.pack()).isEqualTo("probe");
    assertThat((double) profile.seats()).isEqualTo(median(lines, "capacity.seats"));
    assertThat(profile.stages()).isNotEmpty();
    assertThat(median(lines, "capacity.on_time")).isBetween(0.0, 1.0);
    assertThat(median(lines, "capacity.loop_fps")).isPositive();
    assertThat(median(lines, "capacity.carried")).isGreaterThanOrEqualTo(profile.seats());
    assertThat(lines).containsKeys("capacity.seat_ratio", "capacity.all_cores_ratio");
  }

  @Test
  void replaysMakeEveryPictureAgainAndReachATopicOnceThoughATaskManagerIsLost() throws Exception {
    Map<String, JsonNode> lines = run("replay", "--quick");

    assertThat(median(lines, "replay.as_lived_frames")).isPositive();
    assertThat(median(lines, "replay.as_lived_equal")).isEqualTo(100);
    assertThat(median(lines, "determinism.replays")).isGreaterThan(1);
    assertThat(median(lines, "determinism.equal")).isEqualTo(100);
    assertThat(median(lines, "replay.eo_frames")).isPositive();
    assertThat(median(lines, "replay.eo_restarts")).isEqualTo(1);
    assertThat(median(lines, "replay.eo_duplicates")).isZero();
    assertThat(median(lines, "replay.eo_losses")).isZero();
    assertThat(median(lines, "replay.speed_ratio")).isPositive();
  }

  @Test
  void aSoakLosesNothingAndWritesWhatItSampled() throws Exception {
    Map<String, JsonNode> lines = run("soak", "--quick");

    assertThat(median(lines, "soak.sessions")).isEqualTo(4);
    assertThat(median(lines, "soak.opened")).isGreaterThan(4);
    assertThat(median(lines, "soak.frames")).isPositive();
    assertThat(median(lines, "soak.last_block")).isGreaterThan(100);
    assertThat(median(lines, "soak.lost")).isZero();
    assertThat(median(lines, "soak.duplicated")).isZero();
    assertThat(median(lines, "soak.rejected")).isZero();
    assertThat(median(lines, "soak.drift_samples")).isZero();
    assertThat(median(lines, "soak.on_time")).isBetween(0.0, 1.0);
    assertThat(median(lines, "soak.heap_late_mib")).isPositive();
    assertThat(median(lines, "soak.state_late_kib")).isPositive();
    assertThat(lines)
        .containsKeys(
            "soak.heap_early_mib",
            "soak.heap_growth_mib",
            "soak.direct_growth_mib",
            "soak.native_growth_mib",
            "soak.state_growth_kib",
            "soak.threads_growth",
            "soak.left_state_bytes");
    assertThat(Files.readAllLines(folder.resolve("bench.csv"))).hasSize(21);
  }

  @Test
  void anImpossibleNumberOfRunsIsAUsageError() {
    assertThat(AvatarFlow.run("bench", "replay", "--seconds", "0")).isEqualTo(2);
    assertThat(AvatarFlow.run("bench", "overhead", "--runs", "0")).isEqualTo(2);
    assertThat(AvatarFlow.run("bench", "overhead", "--sessions", "0")).isEqualTo(2);
    assertThat(AvatarFlow.run("bench", "capacity", "--runs", "101")).isEqualTo(2);
    assertThat(AvatarFlow.run("bench", "capacity", "--profile", "p.json")).isEqualTo(2);
    assertThat(AvatarFlow.run("bench", "capacity", "--reserve", "1")).isEqualTo(2);
    assertThat(AvatarFlow.run("bench", "capacity", "--reserve", "NaN")).isEqualTo(2);
  }

  /** Runs a benchmark and returns its lines by measure. */
  private Map<String, JsonNode> run(String... arguments) throws IOException {
    Path json = folder.resolve("bench.json");
    String[] all = new String[arguments.length + 3];
    all[0] = "bench";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    all[arguments.length + 1] = "--json";
    all[arguments.length + 2] = json.toString();

    assertThat(AvatarFlow.run(all)).isZero();

    JsonNode result = new ObjectMapper().readTree(json.toFile());
    assertThat(result.get("name").asText()).isNotBlank();
    assertThat(result.get("machine").asText()).contains("cores");
    assertThat(result.get("versions").asText()).contains("avatarflow");
    Map<String, JsonNode> lines = new HashMap<>();
    for (JsonNode line : result.get("results")) {
      assertThat(line.get("value").asDouble())
          .as(line.get("measure").asText())
          .isBetween(line.get("min").asDouble(), line.get("max").asDouble());
      assertThat(line.get("runs").asInt()).isPositive();
      lines.put(line.get("measure").asText(), line);
    }
    return lines;
  }

  private static double median(Map<String, JsonNode> lines, String measure) {
    assertThat(lines).containsKey(measure);
    return lines.get(measure).get("value").asDouble();
  }
}
