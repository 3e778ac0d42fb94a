package io.avatarflow.operators.pack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OnnxModelReaderTest {
  private static byte[] graph(String name) throws IOException {
    return Files.readAllBytes(TestPacks.probe().resolve(name));
  }

  @Test
  void readsWhatTheExporterWrote() throws IOException {
    OnnxModel model = OnnxModelReader.read(graph("context.onnx"));
    assertThat(model.opset()).isEqualTo(17);
    assertThat(model.inputs().keySet()).containsExactly("x0", "motion", "kv_cache", "kv_mask");
    assertThat(model.inputs().get("kv_cache"))
        .hasToString("Value[elementType=10, shape=[batch, 2, 6, 8]]");
    assertThat(model.outputs().keySet())
        .containsExactly("kv_cache_out", "kv_mask_out", "prev_latent_out");
    assertThat(model.operators()).containsEntry("ReduceMean", 1).containsEntry("MatMul", 2);
  }

  @Test
  void damagedFilesEndInAnIoExceptionOrAModelAndNeverOtherwise() throws IOException {
    byte[] whole = graph("motion_denoiser.onnx");
    Random random = new Random(5);
    int refused = 0;
    for (int i = 0; i < 5000; i++) {
      byte[] damaged = Arrays.copyOf(whole, 1 + random.nextInt(whole.length));
      for (int flips = random.nextInt(8); flips > 0; flips--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      try {
        assertThat(OnnxModelReader.read(damaged).outputs()).isNotEmpty();
      } catch (IOException e) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(1000);
  }
}
