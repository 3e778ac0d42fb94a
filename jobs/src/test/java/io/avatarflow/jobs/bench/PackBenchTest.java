package io.avatarflow.jobs.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.operators.pack.ModelPack;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PackBenchTest {
  @Test
  void everyStepCountGetsItsOwnMeasure() {
    List<String> told = new ArrayList<>();
    try (ModelPack pack = ModelPack.load("probe")) {
      BenchResult result = new PackBench(pack, List.of(2, 1), 1, told::add).run("test");
      assertThat(result.results())
          .extracting(BenchResult.Line::measure)
          .containsExactly(
              "pack.fps_2_steps",
              "pack.fps_2_steps_processor_time",
              "pack.fps_1_step",
              "pack.fps_1_step_processor_time");
      assertThat(result.results()).allSatisfy(line -> assertThat(line.value()).isPositive());
    }
    assertThat(told).containsExactly("run 1 of 1");
  }
}
