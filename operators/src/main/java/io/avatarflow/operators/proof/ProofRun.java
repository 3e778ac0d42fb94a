package io.avatarflow.operators.proof;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.avatarflow.operators.audio.LogMelStage;
import io.avatarflow.operators.blend.BlendStage;
import io.avatarflow.operators.pack.ModelPack;
import io.avatarflow.operators.pack.PackException;
import io.avatarflow.operators.pack.PackManifest;
import io.avatarflow.operators.pack.PackParameters;
import io.avatarflow.operators.program.GraphRunner;
import io.avatarflow.operators.program.ProgramStage;
import io.avatarflow.operators.stage.BlockParameters;
import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.operators.stage.PlainLoop;
import io.avatarflow.operators.stage.SessionInfo;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.operators.stage.Stage;
import io.avatarflow.operators.stage.StateCodec;
import io.avatarflow.operators.stage.TensorState;
import io.avatarflow.operators.tensor.ElementType;
import io.avatarflow.operators.tensor.Tensor;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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
  private static final String KEY = "proof/session";

  /**
   * Stands for the pack's digest, so that the noise of a proof does not depend on the file that
   * holds it.
   */
  private static final String DIGEST = "0".repeat(64);

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
    SessionInfo session = session(pack, vector);
    BlockParameters parameters = parameters(new PackParameters(manifest).defaults(), vector);
    float[] samples = samples(pcm);
    int frames = pcm.length / 2 / manifest.samplesPerFrame() - manifest.audio().lookAheadFrames();
    int blocks = frames / manifest.clock().framesPerBlock();
    if (blocks < 2) {
      throw new PackException(
          "Pack \"%s\": its proof audio lasts %d whole blocks, at least 2 are needed; take a longer piece."
              .formatted(manifest.name(), Math.max(0, blocks)));
    }
    Map<String, MessageDigest> digests = new LinkedHashMap<>();
    Map<String, Tensor> last = new LinkedHashMap<>();
    List<byte[]> pictures = new ArrayList<>();
    List<PlainLoop<TensorState>> loops = new ArrayList<>();
    List<Stage<TensorState>> stages = stages(pack, runners);
    stages.forEach(stage -> loops.add(new PlainLoop<>(stage)));
    try {
      for (int index = 0; index < blocks; index++) {
        if (restoreHalfway && index == blocks / 2) {
          loops.replaceAll(ProofRun::restored);
        }
        SessionRecord record = block(manifest, parameters, samples, index);
        for (int i = 0; i < stages.size(); i++) {
          record = onlyBlock(loops.get(i).accept(session, record));
          Map<String, Tensor> made = made(manifest, i, ((SessionRecord.Block) record).block());
          digest(digests.computeIfAbsent(NAMES.get(i), name -> sha256()), made);
          keep(last, NAMES.get(i), made);
        }
        addPictures(pictures, ((SessionRecord.Block) record).block().tensors().get(PICTURES));
      }
    } finally {
      loops.forEach(PlainLoop::close);
    }
    Map<String, String> hex = new LinkedHashMap<>();
    digests.forEach((name, digest) -> hex.put(name, HexFormat.of().formatHex(digest.digest())));
    return new ProofRun(hex, last, pictures);
  }

  private static final List<String> NAMES =
      List.of("features", "motion", "denoise", "blend", "render");

  private static List<Stage<TensorState>> stages(
      ModelPack pack, Function<String, GraphRunner> runners) {
    PackManifest manifest = pack.manifest();
    return List.of(
        new LogMelStage(manifest.clock(), manifest.audio()),
        new ProgramStage("motion", manifest, DIGEST, "motion", runners),
        new ProgramStage("denoise", manifest, DIGEST, "denoise", runners),
        new BlendStage(manifest),
        new ProgramStage("decode", manifest, DIGEST, "render", runners));
  }

  /** A new loop that has nothing but what a checkpoint holds of the old one. */
  private static PlainLoop<TensorState> restored(PlainLoop<TensorState> before) {
    PlainLoop<TensorState> after = new PlainLoop<>(before.stage());
    TensorState state = before.state(KEY);
    before.close();
    if (state != null) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      StateCodec<TensorState> codec = TensorState.CODEC;
      try {
        codec.write(state, new DataOutputStream(bytes));
        byte[] written = bytes.toByteArray();
        after.resume(
            KEY,
            codec.read(codec.version(), new DataInputStream(new ByteArrayInputStream(written))));
      } catch (IOException e) {
        throw new UncheckedIOException("A state in memory could not be written and read.", e);
      }
    }
    return after;
  }

  private static SessionInfo session(ModelPack pack, ProofVectors.Vector vector) {
    PackManifest.Size picture = pack.manifest().picture();
    return new SessionInfo(
        KEY,
        pack.manifest().name(),
        DIGEST,
        vector.seed(),
        new SessionInfo.VideoSettings(picture.width(), picture.height(), "H264", 1),
        true,
        pack.identity(vector.identity()));
  }

  private static BlockParameters parameters(BlockParameters defaults, ProofVectors.Vector vector) {
    return new BlockParameters(
        vector.steps(),
        defaults.sampler(),
        vector.motionSteps(),
        defaults.motionSampler(),
        defaults.schedule(),
        defaults.guidance(),
        defaults.identityStrength(),
        defaults.temporalWeight(),
        defaults.smoothing(),
        defaults.valence(),
        defaults.arousal(),
        defaults.idlePolicy(),
        List.of());
  }

  private static float[] samples(byte[] pcm) {
    float[] samples = new float[pcm.length / 2];
    ByteBuffer shorts = ByteBuffer.wrap(pcm).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < samples.length; i++) {
      samples[i] = shorts.getShort(2 * i) / 32768f;
    }
    return samples;
  }

  private static SessionRecord block(
      PackManifest manifest, BlockParameters parameters, float[] samples, int index) {
    int n = manifest.clock().framesPerBlock();
    int first = index * n * manifest.samplesPerFrame();
    int count = (n + manifest.audio().lookAheadFrames()) * manifest.samplesPerFrame();
    MediaBlock.BlockAudio audio =
        new MediaBlock.BlockAudio(
            first,
            n * manifest.samplesPerFrame(),
            Arrays.copyOfRange(samples, first, first + count),
            new short[0],
            0,
            n);
    return new SessionRecord.Block(
        new MediaBlock(
            KEY,
            index,
            0,
            0,
            audio,
            parameters,
            MediaBlock.BlockFlags.NONE,
            0,
            Map.of(),
            List.of(),
            0));
  }

  private static SessionRecord onlyBlock(List<SessionRecord> records) {
    return records.stream()
        .filter(record -> record instanceof SessionRecord.Block)
        .findFirst()
        .orElseThrow();
  }

  private static Map<String, Tensor> made(PackManifest manifest, int stage, MediaBlock block) {
    Map<String, Tensor> made = new LinkedHashMap<>();
    List<String> names =
        stage == 0
            ? List.of(LogMelStage.MEL, LogMelStage.ENERGY)
            : manifest.outputs().getOrDefault(NAMES.get(stage), List.of());
    names.forEach(name -> made.put(name, block.tensors().get(name)));
    if (stage == NAMES.size() - 1) {
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
