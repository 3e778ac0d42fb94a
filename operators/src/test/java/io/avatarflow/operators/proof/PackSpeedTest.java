package io.avatarflow.operators.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.avatarflow.operators.pack.ModelPack;
import io.avatarflow.operators.pack.PackException;
import io.avatarflow.operators.pack.PackSealer;
import io.avatarflow.operators.pack.TestPacks;
import io.avatarflow.operators.stage.MediaBlock;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackSpeedTest {
  @TempDir Path folder;

  @Test
  void measuresLongerThanTheProofAudioLasts() {
    try (ModelPack pack = ModelPack.load("probe")) {
      PackSpeed speed = PackSpeed.measure(pack, 1, 200);
      assertThat(speed.wall()).isPositive().isFinite();
      assertThat(speed.processor()).isPositive().isFinite();
    }
  }

  @Test
  void audioBeginsAgainBehindItsEnd() {
    try (ModelPack pack = ModelPack.load("probe")) {
      ProofVectors.Vector vector =
          new ProofVectors.Vector(
              "any",
              pack.manifest().identities().keySet().iterator().next(),
              1,
              1,
              1,
              Map.of(),
              "");
      byte[] pcm = pack.bytes("proof/speech.pcm");
      List<MediaBlock> heard = new ArrayList<>();
      try (ProofSession session = new ProofSession(pack, pack::runner, vector, pcm)) {
        for (int index = 0; index <= session.blocks(); index++) {
          session.run(
              index,
              (stage, block) -> {
                if (stage == 0) {
                  heard.add(block);
                }
              });
        }
        assertThat(heard.get(session.blocks()).audio().features())
            .isEqualTo(heard.get(0).audio().features());
        assertThat(heard.get(session.blocks()).index()).isEqualTo(session.blocks());
      }
    }
  }

  @Test
  void packWithoutProofAudioIsRefused() throws IOException {
    Path pack = TestPacks.copy(folder);
    TestPacks.edit(pack, "proof: {file: proof/proof.json}\n", "");
    PackSealer.sealDigests(pack);
    try (ModelPack loaded = ModelPack.load(pack.toString())) {
      assertThatThrownBy(() -> PackSpeed.measure(loaded, 1, 1))
          .isInstanceOf(PackException.class)
          .hasMessageContaining("has no proof audio")
          .hasMessageContaining("avatarflow pack seal");
    }
  }
}
