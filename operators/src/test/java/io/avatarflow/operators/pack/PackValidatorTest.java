package io.avatarflow.operators.pack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PackValidatorTest {
  @TempDir Path folder;
  private Path pack;

  @BeforeEach
  void copyTheProbe() throws IOException {
    pack = TestPacks.copy(folder);
  }

  @Test
  void probeHasNoProblems() {
    assertThat(TestPacks.problems(pack)).isEmpty();
  }

  @Test
  void missingFileIsNamed() throws IOException {
    Files.delete(pack.resolve("decoder.onnx"));
    assertThat(TestPacks.problems(pack))
        .singleElement()
        .asString()
        .contains("file decoder.onnx is missing");
  }

  @Test
  void wrongDigestIsNamedWithBothDigests() throws IOException {
    byte[] bytes = Files.readAllBytes(pack.resolve("decoder.onnx"));
    String before = Sha256.of(bytes);
    bytes[bytes.length - 1] ^= 1;
    Files.write(pack.resolve("decoder.onnx"), bytes);
    assertThat(TestPacks.problems(pack))
        .singleElement()
        .asString()
        .contains("decoder.onnx has SHA-256 " + Sha256.of(bytes), "pins " + before);
  }

  @Test
  void unlistedFileIsRefused() throws IOException {
    Files.writeString(pack.resolve("extra.txt"), "x");
    assertThat(TestPacks.problems(pack))
        .singleElement()
        .asString()
        .contains("extra.txt is not listed under files");
  }

  @Test
  void linkOutOfThePackIsRefused() throws IOException {
    Path outside = Files.move(pack.resolve("LICENSE"), folder.resolve("outside"));
    Files.createSymbolicLink(pack.resolve("LICENSE"), outside);
    assertThat(TestPacks.problems(pack))
        .singleElement()
        .asString()
        .contains("LICENSE is a link that leads out");
  }

  @ParameterizedTest
  @CsvSource({"../secret", "/etc/passwd", "a/../../b", "./x", "a//b", "'a\\b'"})
  void traversalIsRefused(String name) {
    try (PackSource source = PackSource.directory(pack)) {
      assertThatThrownBy(() -> source.read(name, 100))
          .isInstanceOf(PackException.class)
          .hasMessageContaining("is not allowed");
    }
  }

  @Test
  void oversizeFileIsRefusedBeforeItIsRead() throws IOException {
    Path png = pack.resolve("identities/amber.png");
    byte[] large = Arrays.copyOf(Files.readAllBytes(png), 200 * 1024);
    Files.write(png, large);
    PackSealer.sealDigests(pack);
    assertThat(TestPacks.problems(pack))
        .singleElement()
        .asString()
        .contains("204800 bytes, at most 131072");
    try (PackSource source = PackSource.directory(pack)) {
      assertThatThrownBy(() -> source.read("identities/amber.png", 1000))
          .hasMessageContaining("at most 1000");
    }
  }

  /** Each row: what is replaced in the manifest, by what, and what the refusal has to say. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "contract: 1 | contract: 7 | contract 7, this engine reads 1",
        "fps: 25, | fps: 23, | clock.fps is 23",
        "framesPerBlock: 2 | framesPerBlock: 0 | clock.framesPerBlock is 0; use 1 to 64",
        "{width: 64, height: 64} | {width: 63, height: 64} | picture is 63 x 64",
        "hopSamples: 160 | hopSamples: 150 | hopSamples is 150",
        "fftSize: 512 | fftSize: 500 | power of two",
        "highHz: 7600 | highHz: 9000 | ascending range within 0 to 8000.0",
        "floor: 1.0e-6 | floor: 0 | audio.logMel.floor is 0.0",
        "lookAheadFrames: 2 | lookAheadFrames: 3 | looks 2 frames ahead, audio.lookAheadFrames says 3",
        "batch: {max: 16} | batch: {max: 0} | batch.max is 0",
        "batch: {max: 16} | batch: {max: 16, buckets: [1, 8]} | ascending sizes that end at batch.max 16",
        "steps: {default: 2, | steps: {default: 99, | steps is 99; use a whole number from 1 to 50",
        "guidance: {default: 1.5, min: 0, max: 3} | guidance: {default: 1.5, min: 0, max: 30} | the contract's is 0 to 20",
        "sampler: {default: ddim, | sampler: {default: magic, | sampler is \"magic\"",
        "smoothing: {default: 0.0} | sharpness: {default: 0.0} | parameter \"sharpness\" is not known",
        "{name: one-step, steps: 1, | {name: one-step, steps: 0, | ladder rung \"one-step\"",
        "{name: one-step, steps: 1, | {name: two-steps, steps: 1, | ladder rung \"two-steps\" is there twice",
        "{name: one-step, steps: 1, | {name: one-step, steps: 3, | ladder rung \"one-step\" costs more than \"two-steps\" before it",
        "{name: two-steps, steps: 2, motionSteps: 2} | {name: two-steps, mode: hold} | is the first and has mode hold",
        "{name: hold, motionSteps: 1, guidance: 1, mode: hold} | {name: hold, steps: 1, mode: hold} | it denoises nothing, so drop the steps",
        "guidance: 1} | guidance: 9} | ladder rung \"unguided\" has guidance 9.0, outside the pack's range 0.0 to 3.0",
        "prev_latent: {stage: denoise | prev_latent: {stage: render | could not be made again after a restore",
        "x_t: {type: float32, shape: [batch, 2, 4, 8, 8]} | x_t: {type: float32, shape: [batch, 2, 5, 8, 8]} | input \"x_t\" has shape [B, 2, 4, 8, 8], manifest says [B, 2, 5, 8, 8]",
        "kv_cache_out: {type: float16, | kv_cache_out: {type: float32, | output \"kv_cache_out\" has ONNX element type 10, manifest says float32",
        "ref_skin: {type: float32, shape: [batch, 3]} | ref_skins: {type: float32, shape: [batch, 3]} | graph decoder.onnx has no input \"ref_skins\"",
        "flow: {type: float32, shape: [batch, | flow: {type: float32, shape: [1, | without a batch axis",
        "prev_latent: {stage: denoise, type: float32, shape: [4, 8, 8] | prev_latent: {stage: denoise, type: float32, shape: [4096, 32, 32] | is 16778600 bytes a session, the cap is 4194304",
        "\\nstates: | \\nstates:\\n  ghost: {stage: motion, type: float32, shape: [1]} | state \"ghost\" of stage motion is never written",
        "\\nnoise: | \\nnoise:\\n  ghost: {distribution: normal, shape: [1]} | noise \"ghost\" is never used",
        "z: {distribution: normal | z: {distribution: poisson | distribution \"poisson\"",
        "z: {distribution: normal, shape: [4] | z: {distribution: normal, shape: [5] | \"z\" takes float32 [4], but \"noise.z\" is float32 [5]",
        "event_uniform: {distribution: uniform, shape: [2]} | event_uniform: {distribution: uniform, shape: [2], everyStep: true} | only a sample may use it",
        "energy: features.energy | energy: features.volume | refers to \"features.volume\", which is not there",
        "mouth: mouth, event_uniform | mouth: mouht, event_uniform | refers to \"mouht\", which is not there; there are mouth, cond",
        "in: {motion: motion, motion_last: state.motion_last}\\n | \\n | leaves input \"motion\" of flow_init.onnx open; give it under in",
        "out: {flow: flow, motion_last_out: state.motion_last}\\n | \\n | refers to \"flow\", which is not there",
        "prediction: x0 | prediction: y0 | one of them is not there",
        "predicts: x0 | predicts: z0 | predicts is \"z0\"",
        "startTime: 1.0 | startTime: 0 | startTime is 0.0",
        "role: motion | role: dance | role is \"dance\"",
        "out: {frames: frames} | out: {frames: pictures} | the engine needs a tensor \"frames\"",
        "state: blended, | state: kv_mask, | not declared for stage blend",
        "graph: reference_render, | graph: reference_redner, | runs graph \"reference_redner\", which is not declared",
        "outputs: {motion: [motion] | outputs: {motion: [dance] | outputs.motion names \"dance\"",
        "jade: identities/jade.png | jade: CARD.md | identity \"jade\" (CARD.md) is not a PNG",
        "picture: {width: 64, height: 64} | picture: {width: 64, height: 64}\\nidentity: {width: 96, height: 96} | is 64 x 64, the pack needs 96 x 96",
        "name: probe | name: Probe! | its name may hold a to z",
      })
  void manifestThatMakesNoSenseIsRefused(String from, String to, String sentence)
      throws IOException {
    TestPacks.edit(pack, from.replace("\\n", "\n"), to.replace("\\n", "\n"));
    assertThat(TestPacks.problems(pack))
        .anySatisfy(problem -> assertThat(problem).contains(sentence));
  }

  @Test
  void bundledPackIsFoundByName() {
    try (PackContents contents = PackContents.open(PackSource.of("probe"))) {
      assertThat(PackValidator.problems(contents)).isEmpty();
      assertThat(PackCatalog.bundled()).contains("probe");
    }
  }

  @Test
  void unknownPackIsRefusedWithThoseThatAreThere() {
    assertThatThrownBy(() -> PackSource.of("no-such-pack"))
        .isInstanceOf(PackException.class)
        .hasMessageContaining("\"no-such-pack\" is neither bundled (")
        .hasMessageContaining("probe");
  }
}
