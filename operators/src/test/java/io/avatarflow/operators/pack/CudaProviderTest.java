package io.avatarflow.operators.pack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CudaProviderTest {
  private static Set<OrtProvider> withCuda() {
    return EnumSet.of(OrtProvider.CPU, OrtProvider.CUDA);
  }

  private static Set<OrtProvider> withoutCuda() {
    return EnumSet.of(OrtProvider.CPU);
  }

  @Test
  void namesAreThoseOfDevices() {
    assertThat(ExecutionProvider.named("cpu")).isSameAs(ExecutionProvider.CPU);
    assertThat(ExecutionProvider.named("cuda:2").name()).isEqualTo("cuda:2");
    assertThatThrownBy(() -> ExecutionProvider.named("tpu"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"tpu\"; use cpu or cuda:N");
  }

  @Test
  void buildWithoutCudaIsOneSentenceThatSaysHowToGetIt() {
    assertThatThrownBy(
            () ->
                ModelPack.load(
                    PackSource.of("probe"),
                    new OnnxOptions(
                        new CudaProvider(0, CudaProviderTest::withoutCuda, (o, d) -> {}), 1)))
        .isInstanceOf(PackException.class)
        .hasMessageContaining("Device \"cuda:0\" needs ONNX Runtime for CUDA")
        .hasMessageContaining("this build has it for cpu")
        .hasMessageContaining("-Pcuda")
        .message()
        .doesNotContain("\n");
    assertThat(PackRuntime.loaded()).isZero();
  }

  @Test
  void missingLibrariesAreOneSentenceThatNamesThem() {
    CudaProvider provider =
        new CudaProvider(
            1,
            CudaProviderTest::withCuda,
            (options, device) -> {
              throw new OrtException(
                  "Failed to load libonnxruntime_providers_cuda.so: libcublasLt.so.12: cannot"
                      + " open\n"
                      + "more");
            });
    assertThatThrownBy(provider::check)
        .isInstanceOf(PackException.class)
        .hasMessageContaining("Device \"cuda:1\" cannot be opened")
        .hasMessageContaining("libcublasLt.so.12")
        .hasMessageContaining("choose the device cpu")
        .message()
        .doesNotContain("\n");
  }

  @Test
  void registersTheGpuAndForbidsTheProcessor() throws Exception {
    List<Integer> registered = new ArrayList<>();
    CudaProvider provider =
        new CudaProvider(
            3, CudaProviderTest::withCuda, (options, device) -> registered.add(device));
    provider.check();
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      provider.configure(options);
      assertThat(options.getConfigEntries()).containsEntry("session.disable_cpu_ep_fallback", "1");
    }
    assertThat(registered).containsExactly(3, 3);
  }
}
