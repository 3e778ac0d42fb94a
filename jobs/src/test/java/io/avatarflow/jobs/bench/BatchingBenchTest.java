package io.avatarflow.jobs.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.operators.modelled.DeviceProfileFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Modelled figures do not depend on the machine, so they are held here as well. */
class BatchingBenchTest {
  private final BatchingBench bench = new BatchingBench(part -> {});

  private static Map<String, Double> values(List<BenchResult.Line> lines) {
    return lines.stream()
        .collect(Collectors.toMap(BenchResult.Line::measure, BenchResult.Line::value));
  }

  @Test
  void batchesOfStepsCarryMoreSessionsThanTheOtherDisciplines() {
    Map<String, Double> values = values(bench.modelled(BatchingBench.Effort.QUICK));
    assertThat(values.get("modelled.vs_fifo")).isGreaterThanOrEqualTo(2);
    assertThat(values.get("modelled.vs_window")).isGreaterThanOrEqualTo(1.15);
    assertThat(values.get("modelled.vs_step_window")).isGreaterThanOrEqualTo(1);
    assertThat(values.get("modelled.flat_vs_fifo")).isGreaterThanOrEqualTo(0.95);
    assertThat(values.get("modelled.engine_seats"))
        .isEqualTo(values.get("modelled.vs_fifo") * values.get("modelled.fifo_seats"));
  }

  @Test
  void fleetKeepsItsQueuesWithinTheBuffersOfItsSessions() {
    Map<String, Double> values = values(bench.hour(BatchingBench.Effort.QUICK));
    assertThat(values.get("modelled.hour_peak_queue")).isBetween(1.0, 32 * 12.0);
    assertThat(values.get("modelled.hour_on_time")).isBetween(0.9, 1.0);
    assertThat(values).containsKeys("modelled.hour_real_s", "modelled.hour_heap_growth_mb");
  }

  @Test
  void measuredCurveOfAPackIsADeviceProfile(@TempDir Path folder) throws Exception {
    BatchingBench.Effort effort = BatchingBench.Effort.QUICK;
    Map<String, Double> values = values(bench.pack("probe", "cpu", effort, folder));
    assertThat(values)
        .containsOnlyKeys(
            "batching.probe.b1_ms",
            "batching.probe.b2_ms",
            "batching.probe.b4_ms",
            "batching.probe.b8_ms",
            "batching.probe.b16_ms");
    assertThat(values.values()).allMatch(millis -> millis > 0);
    var profile = DeviceProfileFile.read(folder.resolve("probe.device.json"));
    assertThat(profile.stages())
        .extracting(stage -> stage.name() + " " + stage.steps())
        .contains("audio_motion 1", "motion_denoiser 2", "denoiser 2", "decoder 1");
    assertThat(values(bench.profile(profile, effort)).get("modelled.profile_seats"))
        .isGreaterThanOrEqualTo(0);
  }
}
