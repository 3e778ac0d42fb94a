package io.avatarflow.operators.pack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.avatarflow.operators.program.GraphRunner;
import io.avatarflow.operators.tensor.ElementType;
import io.avatarflow.operators.tensor.Tensor;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class OnnxGraphRunnerTest {
  @AfterEach
  void noNativeSessionIsLeft() {
    assertThat(PackRuntime.loaded()).isZero();
    assertThat(OnnxGraphRunner.open()).isZero();
  }

  static List<String> bundled() {
    return PackCatalog.bundled();
  }

  @ParameterizedTest
  @MethodSource("bundled")
  void rowIsTheSameBitForBitAtEveryBatchSize(String name) {
    try (ModelPack pack = ModelPack.load(name)) {
      int max = pack.manifest().batch().max();
      pack.manifest()
          .graphs()
          .forEach(
              (graph, spec) -> {
                GraphRunner runner = pack.runner(graph);
                List<Map<String, Tensor>> rows = RandomRows.of(spec, max, graph.hashCode());
                List<Map<String, Tensor>> alone = new ArrayList<>();
                rows.forEach(row -> alone.addAll(runner.run(List.of(row))));
                for (int size = 2; size <= max; size++) {
                  assertThat(runner.run(rows.subList(0, size)))
                      .as("graph %s at batch %d", graph, size)
                      .isEqualTo(alone.subList(0, size));
                }
              });
    }
  }

  @Test
  void threadsRunOneGraphAtOnceWithTheSameResult() {
    try (ModelPack pack = ModelPack.load("probe")) {
      GraphRunner runner = pack.runner("decoder");
      List<Map<String, Tensor>> rows = RandomRows.of(pack.manifest().graphs().get("decoder"), 4, 3);
      List<Map<String, Tensor>> expected = runner.run(rows);
      ExecutorService threads = Executors.newFixedThreadPool(4);
      try {
        List<CompletableFuture<Boolean>> runs = new ArrayList<>();
        for (int i = 0; i < 32; i++) {
          int size = 1 + i % 4;
          runs.add(
              CompletableFuture.supplyAsync(
                  () -> runner.run(rows.subList(0, size)).equals(expected.subList(0, size)),
                  threads));
        }
        assertThat(runs).allMatch(CompletableFuture::join);
      } finally {
        threads.shutdownNow();
      }
    }
  }

  @Test
  void runsAllocateNothingNativeOnceTheirSizesHaveComeUp() {
    try (ModelPack pack = ModelPack.load("probe")) {
      int max = pack.manifest().batch().max();
      Random random = new Random(5);
      pack.manifest()
          .graphs()
          .forEach(
              (graph, spec) -> {
                GraphRunner runner = pack.runner(graph);
                List<Map<String, Tensor>> rows = RandomRows.of(spec, max, 5);
                for (int size = max; size > 0; size--) {
                  runner.run(rows.subList(0, size));
                }
                long made = BatchBuffers.made();
                long direct = directBuffers();
                for (int run = 0; run < 200; run++) {
                  runner.run(rows.subList(0, 1 + random.nextInt(max)));
                }
                assertThat(BatchBuffers.made()).as(graph).isEqualTo(made);
                assertThat(directBuffers()).as(graph).isLessThanOrEqualTo(direct);
              });
    }
  }

  private static long directBuffers() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .filter(pool -> pool.getName().equals("direct"))
        .mapToLong(BufferPoolMXBean::getCount)
        .sum();
  }

  @Test
  void sessionsAreSharedAndGoWithTheLastHandle() {
    ModelPack first = ModelPack.load("probe");
    ModelPack second = ModelPack.load("probe");
    assertThat(first.runner("context")).isSameAs(second.runner("context"));
    assertThat(OnnxGraphRunner.open()).isEqualTo(1);
    first.close();
    first.close();
    assertThat(OnnxGraphRunner.open()).isEqualTo(1);
    assertThatThrownBy(() -> first.runner("context")).isInstanceOf(IllegalStateException.class);
    GraphRunner runner = second.runner("context");
    second.close();
    assertThatThrownBy(() -> runner.run(List.of(Map.of())))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("was closed");
  }

  @Test
  void wrongInputsAreToldAndHarmNothing() {
    try (ModelPack pack = ModelPack.load("probe")) {
      GraphRunner runner = pack.runner("motion_denoiser");
      List<Map<String, Tensor>> rows =
          RandomRows.of(pack.manifest().graphs().get("motion_denoiser"), 17, 1);
      assertThatThrownBy(() -> runner.run(rows))
          .hasMessageContaining("batch of 17 rows; give 1 to 16");
      assertThatThrownBy(() -> runner.run(List.of())).hasMessageContaining("batch of 0 rows");
      Map<String, Tensor> row = new LinkedHashMap<>(rows.get(0));
      row.remove("z");
      assertThatThrownBy(() -> runner.run(List.of(row)))
          .hasMessageContaining("not given its input \"z\"");
      row.put("z", Tensor.zeros(ElementType.FLOAT32, 3));
      assertThatThrownBy(() -> runner.run(List.of(row)))
          .hasMessageContaining(
              "input \"z\" was given as float32[3], the manifest says float32[4]");
      assertThatThrownBy(() -> pack.runner("nothing")).hasMessageContaining("it has audio_motion");
      assertThat(runner.run(rows.subList(0, 1))).hasSize(1);
    }
  }
}
