package io.avatarflow.operators.pack;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ManifestReaderTest {
  private static String yaml() throws IOException {
    return Files.readString(TestPacks.probe().resolve("pack.yaml"), UTF_8);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "version: 1.0.0 | version: 1.0.0\\ncolour: red | pack.yaml, line 6, key \"colour\": unknown key; known here are aligner, audio, batch",
        "fps: 25, | fps: 25, fpss: 25, | key \"clock.fpss\": unknown key; known here are fps, framesPerBlock",
        "version: 1.0.0 | version: 1.0.0\\nversion: 2.0.0 | Duplicate field 'version'",
        "license: Apache-2.0 | # none | key \"license\" is missing; add it",
        "license: Apache-2.0 | license: ~ | key \"license\": it has no value; give it one",
        "file: flow_init.onnx | # none | key \"file\" is missing; add it",
        "- graph: flow_init | - ~\\n    - graph: flow_init | holds an empty entry; give it a value or remove it",
        "fps: 25, | fps: often, | key \"clock.fps\": the value \"often\" is not of type int",
        "fps: 25, | fps: 25.5, | key \"clock.fps\"",
        "determinism: bit | determinism: mostly | \"mostly\"; use one of bit, tolerance, visual",
        "init: {fill: 0.1} | init: random | use zeros or {fill: NUMBER}",
        "shape: [batch, 8] | shape: [batch, ~] | holds an empty entry; give it a value or remove it",
        "type: float16 | type: float12 | \"float12\" is not known",
      })
  void mistakeIsToldWithFileKeyAndRemedy(String from, String to, String sentence)
      throws IOException {
    String broken = yaml().replace(from, to.replace("\\n", "\n"));
    assertThatThrownBy(() -> ManifestReader.read("pack.yaml", broken.getBytes(UTF_8)))
        .isInstanceOf(PackException.class)
        .hasMessageContaining("pack.yaml")
        .hasMessageContaining(sentence)
        .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1));
  }

  @Test
  void textThatIsNoYamlIsTold() {
    assertThatThrownBy(() -> ManifestReader.read("pack.yaml", "{[".getBytes(UTF_8)))
        .isInstanceOf(PackException.class)
        .hasMessageContaining("pack.yaml, line 1");
    assertThatThrownBy(() -> ManifestReader.read("pack.yaml", new byte[0]))
        .isInstanceOf(PackException.class);
  }

  @Test
  void oversizeManifestIsRefused(@TempDir Path folder) throws IOException {
    Path pack = TestPacks.copy(folder);
    Files.writeString(pack.resolve("pack.yaml"), yaml() + "#".repeat(300_000), UTF_8);
    assertThatThrownBy(() -> PackContents.open(PackSource.directory(pack)))
        .isInstanceOf(PackException.class)
        .hasMessageContaining("file pack.yaml has")
        .hasMessageContaining("at most 262144 are allowed");
  }

  @Test
  void aliasesThatGrowAreRefused() {
    StringBuilder bomb = new StringBuilder("contract: &a0 [x, x]\n");
    for (int i = 1; i < 40; i++) {
      bomb.append("k%d: &a%d [*a%d, *a%d]\n".formatted(i, i, i - 1, i - 1));
    }
    assertThatThrownBy(() -> ManifestReader.read("pack.yaml", bomb.toString().getBytes(UTF_8)))
        .isInstanceOf(PackException.class);
  }

  @Test
  void fillBecomesTheFirstValueOfAState() throws IOException {
    PackManifest manifest = ManifestReader.read("pack.yaml", yaml().getBytes(UTF_8));
    assertThat(manifest.states().get("motion_h").initial().toFloats())
        .containsOnly(0.1f)
        .hasSize(8);
    assertThat(manifest.states().get("kv_mask").initial().toFloats()).containsOnly(0f);
    assertThat(manifest.lookAheadMillis()).isEqualTo(80);
    assertThat(manifest.motionChannels()).isEqualTo(8);
  }
}
