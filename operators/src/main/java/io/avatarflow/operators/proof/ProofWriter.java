package io.avatarflow.operators.proof;

import io.avatarflow.operators.pack.Ladder;
import io.avatarflow.operators.pack.ModelPack;
import io.avatarflow.operators.pack.OnnxOptions;
import io.avatarflow.operators.pack.PackException;
import io.avatarflow.operators.pack.PackManifest;
import io.avatarflow.operators.pack.PackParameters;
import io.avatarflow.operators.pack.PackSealer;
import io.avatarflow.operators.pack.PackSource;
import io.avatarflow.operators.stage.BlockParameters;
import io.avatarflow.operators.stage.TensorState;
import io.avatarflow.operators.tensor.Tensor;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;

/**
 * Seals a pack: runs it, writes its proof vectors, and pins every file by its digest.
 *
 * <p>To be run once after each change of graphs, pictures, texts or manifest.
 */
public final class ProofWriter {
  private static final long SEED = 7;

  private ProofWriter() {}

  /**
   * Seals the pack in a directory: rewrites its proof files and the {@code files} section of its
   * manifest.
   *
   * @return the pack's new digest
   * @throws PackException if the pack is refused, has no proof audio, or cannot be written
   */
  public static String seal(Path directory) {
    try {
      PackManifest.Proof proof = proof(directory);
      Path file = directory.resolve(proof.file());
      ProofVectors.Tolerance tolerance =
          Files.exists(file)
              ? ProofVectors.read(file.toString(), Files.readAllBytes(file)).tolerance()
              : ProofVectors.Tolerance.DEFAULT;
      byte[] pcm = Files.readAllBytes(file.resolveSibling(ProofVectors.AUDIO));
      try (DirectoryStream<Path> old = Files.newDirectoryStream(file.getParent(), "*.bin")) {
        for (Path path : old) {
          Files.delete(path);
        }
      }
      PackSealer.sealDigests(directory);
      try (ModelPack pack = ModelPack.load(PackSource.directory(directory), OnnxOptions.DEFAULT)) {
        List<ProofVectors.Vector> vectors = new ArrayList<>();
        for (PackManifest.Rung rung : pack.manifest().ladder()) {
          if (rung.mode() == Ladder.Mode.MAKE) {
            vectors.add(vector(pack, rung, proof, directory, pcm));
          }
        }
        Files.write(file, new ProofVectors(MachineKind.here(), tolerance, vectors).toJson());
      }
      return PackSealer.sealDigests(directory);
    } catch (IOException e) {
      throw new PackException(
          "Pack at %s cannot be sealed (%s); it needs its proof audio %s and a writable directory."
              .formatted(directory, e, ProofVectors.AUDIO),
          e);
    }
  }

  private static PackManifest.Proof proof(Path directory) {
    PackManifest manifest = PackSealer.manifest(directory);
    if (manifest.proof() == null || manifest.ladder().isEmpty()) {
      throw new PackException(
          "Pack \"%s\" has no %s; add it to pack.yaml, so that there is something to prove."
              .formatted(manifest.name(), manifest.proof() == null ? "proof" : "ladder"));
    }
    return manifest.proof();
  }

  private static ProofVectors.Vector vector(
      ModelPack pack, PackManifest.Rung rung, PackManifest.Proof proof, Path directory, byte[] pcm)
      throws IOException {
    String identity = pack.manifest().identities().keySet().iterator().next();
    String expected = Path.of(proof.file()).resolveSibling(rung.name() + ".bin").toString();
    BlockParameters defaults = new PackParameters(pack.manifest()).defaults();
    ProofVectors.Vector vector =
        new ProofVectors.Vector(
            rung.name(),
            identity,
            SEED,
            rung.steps() == null ? defaults.steps() : rung.steps(),
            rung.motionSteps() == null ? defaults.motionSteps() : rung.motionSteps(),
            Map.of(),
            expected);
    ProofRun run = ProofRun.of(pack, pack::runner, vector, pcm, false);
    Files.write(directory.resolve(expected), write(run.last()));
    return new ProofVectors.Vector(
        vector.name(),
        identity,
        SEED,
        vector.steps(),
        vector.motionSteps(),
        run.stages(),
        expected);
  }

  private static byte[] write(Map<String, Tensor> tensors) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(new DeflaterOutputStream(bytes))) {
      TensorState.CODEC.write(new TensorState(tensors), out);
    }
    return bytes.toByteArray();
  }

  /** Reads the tensors that an expected file holds. */
  static Map<String, Tensor> read(byte[] expected) throws IOException {
    try (DataInputStream in =
        new DataInputStream(new InflaterInputStream(new ByteArrayInputStream(expected)))) {
      return TensorState.CODEC.read(TensorState.CODEC.version(), in).tensors();
    }
  }
}
