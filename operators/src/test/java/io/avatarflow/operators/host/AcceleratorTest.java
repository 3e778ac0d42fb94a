package io.avatarflow.operators.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.flink.api.common.externalresource.ExternalResourceInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AcceleratorTest {
  /** A GPU as Flink's discovery describes it. */
  private record Gpu(String key, String value) implements ExternalResourceInfo {
    @Override
    public Optional<String> getProperty(String name) {
      return name.equals(key) ? Optional.of(value) : Optional.empty();
    }

    @Override
    public Collection<String> getKeys() {
      return List.of(key);
    }
  }

  private static Worker worker(int subtask, String... indexes) {
    Set<ExternalResourceInfo> gpus = new LinkedHashSet<>();
    for (String index : indexes) {
      gpus.add(new Gpu("index", index));
    }
    return Worker.of(new SubtaskPlace(subtask, 8, 60), gpus);
  }

  private static String resolved(String device, Worker worker) {
    return Accelerator.parse(device).on(worker).id();
  }

  @Test
  void processorIsTheSameOnEveryWorker() {
    assertThat(resolved("cpu", worker(3, "0", "1"))).isEqualTo("cpu");
    assertThat(resolved("cpu", Worker.LOCAL)).isEqualTo("cpu");
  }

  @Test
  void subtasksTakeTheGpusOfTheirWorkerInTurn() {
    assertThat(resolved("cuda", worker(0, "6", "2"))).isEqualTo("cuda:2");
    assertThat(resolved("cuda", worker(1, "6", "2"))).isEqualTo("cuda:6");
    assertThat(resolved("cuda", worker(2, "6", "2"))).isEqualTo("cuda:2");
  }

  @Test
  void withoutGpusFromFlinkItIsTheFirstOfTheMachine() {
    assertThat(resolved("cuda", worker(5))).isEqualTo("cuda:0");
    assertThat(resolved("cuda:3", worker(5))).isEqualTo("cuda:3");
  }

  @Test
  void gpuThatFlinkDidNotGiveIsRefused() {
    assertThat(resolved("cuda:2", worker(0, "2", "4"))).isEqualTo("cuda:2");
    assertThatThrownBy(() -> resolved("cuda:1", worker(0, "2", "4")))
        .hasMessageContaining("\"cuda:1\" is not among the GPUs")
        .hasMessageContaining("[2, 4]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "gpu", "cuda:", "cuda:x", "cuda:-1", "CUDA", "cuda:1234"})
  void otherWordsAreRefusedWithThoseThatExist(String text) {
    assertThatThrownBy(() -> Accelerator.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"" + text + "\"")
        .hasMessageContaining("cpu, cuda, or cuda:N");
  }

  @Test
  void resourceThatIsNoGpuIsToldApart() {
    assertThatThrownBy(() -> Worker.of(SubtaskPlace.ALONE, Set.of(new Gpu("serial", "x"))))
        .hasMessageContaining("no property \"index\", it has [serial]");
    assertThatThrownBy(() -> worker(0, "first")).hasMessageContaining("index \"first\"");
  }
}
