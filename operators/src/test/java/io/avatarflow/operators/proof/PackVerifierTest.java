package io.avatarflow.operators.proof;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.operators.pack.PackInspector;
import io.avatarflow.operators.pack.PackSealer;
import io.avatarflow.operators.pack.PackSource;
import io.avatarflow.operators.pack.TestPacks;
import io.avatarflow.operators.proof.VerificationReport.Check;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PackVerifierTest {
  private static final String HERE = MachineKind.here();

  @TempDir Path folder;

  private static VerificationReport verify(Path pack, boolean ablate) {
    return PackVerifier.verify(PackSource.directory(pack), ablate, check -> {});
  }

  private static List<Check> failed(VerificationReport report) {
    return report.checks().stream().filter(check -> !check.ok()).toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"probe", "reference"})
  void bundledPackVerifiesAndEveryGraphMatters(String name) {
    List<Check> told = new ArrayList<>();
    VerificationReport report = PackVerifier.verify(PackSource.of(name), true, told::add);
    assertThat(failed(report)).isEmpty();
    assertThat(report.ok()).isTrue();
    assertThat(told).isEqualTo(report.checks());
    assertThat(report.checks())
        .extracting(Check::name)
        .contains(
            "manifest",
            "files",
            "rules",
            "batch decoder",
            "proof two-steps",
            "proof one-step",
            "restore",
            "ablate decoder");
  }

  @Test
  void graphThatDoesNothingIsFound() throws IOException {
    Path pack = TestPacks.copy(folder);
    TestPacks.edit(pack, "        warpInit: {previous: state.prev_latent, flow: flow}\n", "");
    ProofWriter.seal(pack);
    assertThat(failed(verify(pack, true)))
        .singleElement()
        .satisfies(check -> assertThat(check.name()).isEqualTo("ablate flow_init"))
        .satisfies(
            check ->
                assertThat(check.detail())
                    .contains("change by 0.00 dB", "remove the graph or train it"));
  }

  @Test
  void otherBitsOnTheSameKindOfMachineAreRefused() throws IOException {
    Path pack = TestPacks.copy(folder);
    TestPacks.edit(pack, "startTime: 1.0", "startTime: 0.9");
    // The proof was made before the manifest was changed, on whatever machine: say that it was this
    // one.
    machine(pack, HERE);
    PackSealer.sealDigests(pack);
    assertThat(failed(verify(pack, false)))
        .anySatisfy(
            check ->
                assertThat(check.detail())
                    .contains("stage motion gives other bits than pinned", HERE, "seal the pack"));
  }

  @Test
  void otherKindOfMachineIsHeldToTheToleranceWithANotice() throws IOException {
    Path pack = TestPacks.copy(folder);
    machine(pack, "another kind");
    Path proof = pack.resolve("proof/proof.json");
    Files.writeString(
        proof,
        Files.readString(proof, UTF_8).replaceAll("\"motion\" : \"[0-9a-f]+", "\"motion\" : \"0"),
        UTF_8);
    PackSealer.sealDigests(pack);
    VerificationReport report = verify(pack, false);
    assertThat(failed(report)).isEmpty();
    assertThat(report.notices())
        .anySatisfy(notice -> assertThat(notice).contains("another kind", "from stage motion"));

    Files.copy(
        pack.resolve("proof/one-step.bin"),
        pack.resolve("proof/two-steps.bin"),
        StandardCopyOption.REPLACE_EXISTING);
    PackSealer.sealDigests(pack);
    assertThat(failed(verify(pack, false)))
        .singleElement()
        .satisfies(check -> assertThat(check.name()).isEqualTo("proof two-steps"))
        .satisfies(check -> assertThat(check.detail()).contains("the last block is off by"));
  }

  @Test
  void missingProofIsTold() throws IOException {
    Path pack = TestPacks.copy(folder);
    TestPacks.edit(pack, "{name: one-step,", "{name: one-quick-step,");
    assertThat(failed(verify(pack, false)))
        .singleElement()
        .satisfies(
            check ->
                assertThat(check.detail()).contains("rung \"one-quick-step\" has no proof vector"));
    TestPacks.edit(pack, "proof: {file: proof/proof.json}\n", "");
    assertThat(failed(verify(pack, false)))
        .singleElement()
        .satisfies(check -> assertThat(check.detail()).contains("has no proof vectors"));
  }

  @Test
  void everyProblemIsListedAndNothingIsRun() throws IOException {
    Path pack = TestPacks.copy(folder);
    Files.delete(pack.resolve("decoder.onnx"));
    Files.writeString(pack.resolve("CARD.md"), "changed", UTF_8);
    VerificationReport report = verify(pack, true);
    assertThat(report.ok()).isFalse();
    assertThat(failed(report))
        .hasSize(2)
        .allSatisfy(check -> assertThat(check.name()).isEqualTo("files"));
    Files.delete(pack.resolve("pack.yaml"));
    assertThat(verify(pack, true).checks())
        .singleElement()
        .satisfies(check -> assertThat(check.detail()).contains("pack.yaml is missing"));
  }

  @Test
  void proofAudioThatIsTooShortIsTold() throws IOException {
    Path pack = TestPacks.copy(folder);
    Files.write(pack.resolve("proof/speech.pcm"), new byte[2 * 640 * 5]);
    PackSealer.sealDigests(pack);
    assertThat(failed(verify(pack, false)))
        .hasSize(4)
        .allSatisfy(
            check ->
                assertThat(check.detail()).contains("lasts 1 whole blocks, at least 2 are needed"));
  }

  @Test
  void sealingTwiceGivesTheSameDigest() throws IOException {
    Path pack = TestPacks.copy(folder);
    assertThat(ProofWriter.seal(pack)).isEqualTo(ProofWriter.seal(pack));
    assertThat(verify(pack, false).ok()).isTrue();
  }

  @Test
  void packInAJarVerifiesLikeItsDirectory() throws IOException {
    Path pack = TestPacks.copy(folder);
    Path jar = folder.resolve("pack.jar");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(jar));
        var files = Files.walk(pack)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        zip.putNextEntry(new ZipEntry("packs/probe/" + pack.relativize(file)));
        zip.write(Files.readAllBytes(file));
        zip.closeEntry();
      }
    }
    VerificationReport report =
        PackVerifier.verify(PackSource.of(jar.toString()), false, check -> {});
    assertThat(failed(report)).isEmpty();
    assertThat(report.digest()).isEqualTo(verify(pack, false).digest());
  }

  @Test
  void inspectionTellsDelayStateAndOperators() {
    PackInspector.Facts facts = PackInspector.inspect(PackSource.of("probe"));
    assertThat(facts.summary())
        .containsEntry("look-ahead", "2 frames, 80 ms, from the width of the features")
        .containsEntry("algorithmic delay", "160 ms");
    assertThat(facts.graphs())
        .anySatisfy(graph -> assertThat(graph.operators()).containsKey("Softmax"));
    assertThat(facts.stages().get("denoise"))
        .containsExactly("run flow_init", "sample denoiser from time 0.5 (x0)", "run context");
    assertThat(facts.parameters()).containsEntry("guidance", "1.5, 0.0 to 3.0");
  }

  private static void machine(Path pack, String kind) throws IOException {
    Path proof = pack.resolve("proof/proof.json");
    String json = Files.readString(proof, UTF_8);
    Files.writeString(
        proof,
        json.replaceAll("\"machine\" : \"[^\"]*\"", "\"machine\" : \"" + kind + "\""),
        UTF_8);
  }
}
