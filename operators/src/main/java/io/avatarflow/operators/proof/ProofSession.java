package io.avatarflow.operators.proof;

import io.avatarflow.operators.audio.LogMelStage;
import io.avatarflow.operators.blend.BlendStage;
import io.avatarflow.operators.pack.ModelPack;
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
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * One session of a pack in plain loops on the caller's thread: features, motion, denoise, blend and
 * decode of a piece of audio, without Flink and without encoding.
 *
 * <p>Not thread-safe. Closing it frees the session's derived state, not the pack.
 */
final class ProofSession implements AutoCloseable {
  /** The stages in order. */
  static final List<String> STAGES = List.of("features", "motion", "denoise", "blend", "render");

  private static final String KEY = "proof/session";

  /**
   * Stands for the pack's digest, so that the noise of a proof does not depend on the file that
   * holds it.
   */
  private static final String DIGEST = "0".repeat(64);

  private final PackManifest manifest;
  private final SessionInfo session;
  private final BlockParameters parameters;
  private final int rung;
  private final float[] samples;
  private final int blocks;
  private final List<PlainLoop<TensorState>> loops = new ArrayList<>();

  /** Told what left a stage. */
  interface Listener {
    /**
     * A stage is done with a block.
     *
     * @param stage index into {@link #STAGES}
     * @param block with everything that it made
     */
    void left(int stage, MediaBlock block);
  }

  /**
   * A session that has not begun.
   *
   * @param pack the pack
   * @param runners runs its graphs, by name
   * @param vector which identity, seed and steps; its expectations are not looked at
   * @param pcm the audio, signed 16 bit, little-endian
   */
  ProofSession(
      ModelPack pack,
      Function<String, GraphRunner> runners,
      ProofVectors.Vector vector,
      byte[] pcm) {
    this.manifest = pack.manifest();
    this.session = session(pack, vector);
    this.parameters = parameters(new PackParameters(manifest).defaults(), vector);
    this.rung = rung(manifest, vector);
    this.samples = samples(pcm);
    int frames = samples.length / manifest.samplesPerFrame() - manifest.audio().lookAheadFrames();
    this.blocks = Math.max(0, frames / manifest.clock().framesPerBlock());
    for (Stage<TensorState> stage :
        List.of(
            new LogMelStage(manifest.clock(), manifest.audio()),
            new ProgramStage("motion", manifest, DIGEST, "motion", runners),
            new ProgramStage("denoise", manifest, DIGEST, "denoise", runners),
            new BlendStage(manifest),
            new ProgramStage("decode", manifest, DIGEST, "render", runners))) {
      loops.add(new PlainLoop<>(stage));
    }
  }

  /** Whole blocks that the audio is long enough for, with their look-ahead. */
  int blocks() {
    return blocks;
  }

  /** Runs a block; behind the end of the audio it begins again. */
  void run(int index, Listener listener) {
    SessionRecord record = block(index);
    for (int i = 0; i < loops.size(); i++) {
      record = onlyBlock(loops.get(i).accept(session, record));
      listener.left(i, ((SessionRecord.Block) record).block());
    }
  }

  /** Drops everything but what a checkpoint holds. */
  void restore() {
    loops.replaceAll(ProofSession::restored);
  }

  @Override
  public void close() {
    loops.forEach(PlainLoop::close);
  }

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
        0,
        List.of());
  }

  /** The rung that a vector proves, 0 for a vector of its own. */
  private static int rung(PackManifest manifest, ProofVectors.Vector vector) {
    List<String> names = manifest.ladder().stream().map(PackManifest.Rung::name).toList();
    return Math.max(0, names.indexOf(vector.name()));
  }

  private static float[] samples(byte[] pcm) {
    float[] samples = new float[pcm.length / 2];
    ByteBuffer shorts = ByteBuffer.wrap(pcm).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < samples.length; i++) {
      samples[i] = shorts.getShort(2 * i) / 32768f;
    }
    return samples;
  }

  private SessionRecord block(int index) {
    int n = manifest.clock().framesPerBlock();
    int count = n * manifest.samplesPerFrame();
    int from = index % blocks * count;
    int to = from + count + manifest.audio().lookAheadFrames() * manifest.samplesPerFrame();
    MediaBlock.BlockAudio audio =
        new MediaBlock.BlockAudio(
            (long) index * count, count, Arrays.copyOfRange(samples, from, to), new short[0], 0, n);
    return new SessionRecord.Block(
        new MediaBlock(
            KEY,
            index,
            0,
            0,
            audio,
            parameters,
            MediaBlock.BlockFlags.NONE,
            rung,
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
}
