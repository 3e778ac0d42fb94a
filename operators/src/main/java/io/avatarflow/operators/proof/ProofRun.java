package io.avatarflow.operators.proof;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.avatarflow.operators.audio.LogMelStage;
import io.avatarflow.operators.pack.ModelPack;
import io.avatarflow.operators.pack.PackException;
import io.avatarflow.operators.pack.PackManifest;
import io.avatarflow.operators.program.GraphRunner;
import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.operators.tensor.ElementType;
import io.avatarflow.operators.tensor.Tensor;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * One session of a pack in a plain loop: features, motion, denoise, blend and decode of the proof
 * audio, without Flink and without encoding.
 *
 * @param stages SHA-256 of what left each stage, over all blocks, in order of the stages
 * @param last what left each stage in the last block, as {@code stage.tensor}; of pictures only the
 *     last one
 * @param pictures every picture, RGB
 */
record ProofRun(Map<String, String> stages, Map<String, Tensor> last, List<byte[]> pictures) {
  private static final String PICTURES = "frames";

  /**
   * Runs a session.
   *
   * @param pack the pack
   * @param runners runs its graphs, by name
   * @param vector which identity, seed and steps; its expectations are not looked at
   * @param pcm the audio, signed 16 bit, little-endian
   * @param restoreHalfway whether to write every state down halfway, drop everything, and go on
   *     from what was written
   */
  static ProofRun of(
      ModelPack pack,
      Function<String, GraphRunner> runners,
      ProofVectors.Vector vector,
      byte[] pcm,
      boolean restoreHalfway) {
    PackManifest manifest = pack.manifest();
    Map<String, MessageDigest> digests = new LinkedHashMap<>();
    Map<String, Tensor> last = new LinkedHashMap<>();
    List<byte[]> pictures = new ArrayList<>();
    try (ProofSession session = new ProofSession(pack, runners, vector, pcm)) {
      if (session.blocks() < 2) {
        throw new PackException(
            "Pack \"%s\": its proof audio lasts %d whole blocks, at least 2 are needed; take a longer piece."
                .formatted(manifest.name(), session.blocks()));
      }
      for (int index = 0; index < session.blocks(); index++) {
        if (restoreHalfway && index == session.blocks() / 2) {
          session.restore();
        }
        session.run(
            index,
            (i, block) -> {
              String stage = ProofSession.STAGES.get(i);
              Map<String, Tensor> made = made(manifest, i, block);
              digest(digests.computeIfAbsent(stage, name -> sha256()), made);
              keep(last, stage, made);
              if (i == ProofSession.STAGES.size() - 1) {
                addPictures(pictures, block.tensors().get(PICTURES));
              }
            });
      }
    }
    Map<String, String> hex = new LinkedHashMap<>();
    digests.forEach((name, digest) -> hex.put(name, HexFormat.of().formatHex(digest.digest())));
    return new ProofRun(hex, last, pictures);
  }

  private static Map<String, Tensor> made(PackManifest manifest, int stage, MediaBlock block) {
    Map<String, Tensor> made = new LinkedHashMap<>();
    List<String> names =
        stage == 0
            ? List.of(LogMelStage.MEL, LogMelStage.ENERGY)
            : manifest.outputs().getOrDefault(ProofSession.STAGES.get(stage), List.of());
    names.forEach(name -> made.put(name, block.tensors().get(name)));
    if (stage == ProofSession.STAGES.size() - 1) {
      made.put(PICTURES, block.tensors().get(PICTURES));
    }
    return made;
  }

  private static void digest(MessageDigest digest, Map<String, Tensor> tensors) {
    tensors.forEach(
        (name, tensor) -> {
          digest.update(name.getBytes(UTF_8));
          digest.update(tensor.bytes());
        });
  }

  private static void keep(Map<String, Tensor> last, String stage, Map<String, Tensor> tensors) {
    tensors.forEach(
        (name, tensor) ->
            last.put(stage + "." + name, name.equals(PICTURES) ? lastPicture(tensor) : tensor));
  }

  private static Tensor lastPicture(Tensor frames) {
    int[] shape = frames.shape();
    int size = frames.bytes().length / shape[0];
    byte[] picture =
        Arrays.copyOfRange(frames.bytes(), frames.bytes().length - size, frames.bytes().length);
    return Tensor.of(ElementType.UINT8, Arrays.copyOfRange(shape, 1, shape.length), picture);
  }

  private static void addPictures(List<byte[]> pictures, Tensor frames) {
    int size = frames.bytes().length / frames.shape()[0];
    for (int from = 0; from < frames.bytes().length; from += size) {
      pictures.add(Arrays.copyOfRange(frames.bytes(), from, from + size));
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("This Java has no SHA-256, which every Java must have.", e);
    }
  }
}
