package io.avatarflow.operators.blend;

import io.avatarflow.operators.pack.Ladder;
import io.avatarflow.operators.pack.PackManifest;
import io.avatarflow.operators.pack.PackStep;
import io.avatarflow.operators.pack.PackStep.Blend;
import io.avatarflow.operators.pack.TensorScope;
import io.avatarflow.operators.pack.TensorType;
import io.avatarflow.operators.stage.BlockStage;
import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.operators.stage.Placement;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.operators.stage.TensorState;
import io.avatarflow.operators.stage.Turn;
import io.avatarflow.operators.tensor.ElementType;
import io.avatarflow.operators.tensor.Tensor;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Blends each latent frame with the one before; see {@link TemporalBlend}.
 *
 * <p>Loudness is {@code features.energy}, whose first N values belong to the block's frames. The
 * canonical state is the last blended frame under the name that the manifest gives; a session that
 * has blended nothing yet has no such tensor, which is how the first frame is known. A block marked
 * as discontinuity begins anew. Without a blend step in the manifest blocks pass untouched.
 *
 * <p>Threads: immutable; the mailbox steps it.
 */
public final class BlendStage implements BlockStage {
  private static final String NAME = "blend";

  private final Optional<Blend> step;
  private final TemporalBlend filter;
  private final TensorType latent;
  private final Ladder ladder;

  /**
   * Reads the blend step of a pack.
   *
   * @throws IllegalArgumentException if the step cannot run, with a sentence that says why
   */
  public BlendStage(PackManifest manifest) {
    this.ladder = new Ladder(manifest);
    try {
      this.step = blendStep(manifest);
      this.filter =
          step.map(blend -> new TemporalBlend(blend.maxHistory(), blend.audioSensitivity()))
              .orElse(null);
      this.latent = step.map(blend -> latentOf(manifest, blend)).orElse(null);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "Pack \"%s\": stage \"blend\": %s.".formatted(manifest.name(), e.getMessage()), e);
    }
  }

  private static Optional<Blend> blendStep(PackManifest manifest) {
    List<PackStep> steps = manifest.stages().getOrDefault(NAME, List.of());
    if (steps.size() > 1 || (steps.size() == 1 && steps.get(0).blend() == null)) {
      throw new IllegalArgumentException(
          "it has %d steps; it takes one blend step or none".formatted(steps.size()));
    }
    return steps.stream().map(PackStep::blend).findFirst();
  }

  private static TensorType latentOf(PackManifest manifest, Blend blend) {
    TensorScope scope = new TensorScope(manifest, NAME);
    TensorType type = scope.typeOf(blend.tensor());
    List<Integer> shape = type.shape();
    if (type.type() != ElementType.FLOAT32
        || shape.isEmpty()
        || shape.get(0) != manifest.clock().framesPerBlock()) {
      throw new IllegalArgumentException(
          "\"%s\" is %s, it has to be float32 with %d frames as its first axis"
              .formatted(blend.tensor(), type, manifest.clock().framesPerBlock()));
    }
    TensorType frame = new TensorType(ElementType.FLOAT32, shape.subList(1, shape.size()));
    TensorType state = scope.state(blend.state());
    if (!state.equals(frame)) {
      throw new IllegalArgumentException(
          "state.%s is %s, but a frame of \"%s\" is %s"
              .formatted(blend.state(), state, blend.tensor(), frame));
    }
    return type;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Placement placement() {
    return Placement.TASK;
  }

  /** Blocks of which pictures are made, unless the manifest has no blend step. */
  @Override
  public boolean accepts(SessionRecord record) {
    return record instanceof SessionRecord.Block block
        && step.isPresent()
        && !ladder.skips(NAME, block.block());
  }

  @Override
  public void step(Turn<TensorState> turn) {
    Blend blend = step.orElseThrow();
    MediaBlock block = turn.block();
    float[] frames = require(block, blend.tensor()).toFloats();
    FloatBuffer energy = require(block, TensorScope.ENERGY).floats();
    int count = latent.shape().get(0);
    int frameSize = frames.length / count;
    Tensor before =
        block.flags().discontinuity() ? null : turn.state().tensors().get(blend.state());
    float[] last = before == null ? Arrays.copyOf(frames, frameSize) : before.toFloats();
    for (int t = 0; t < count; t++) {
      float history = filter.history(block.parameters().temporalWeight(), energy.get(t));
      TemporalBlend.filter(frames, t * frameSize, last, before == null && t == 0 ? 0 : history);
    }
    int[] shape = latent.dimensions();
    Map<String, Tensor> tensors = new HashMap<>(block.tensors());
    tensors.put(blend.tensor(), Tensor.ofFloats(shape, frames));
    turn.done(
        new TensorState(
            Map.of(
                blend.state(), Tensor.ofFloats(Arrays.copyOfRange(shape, 1, shape.length), last))),
        List.of(new SessionRecord.Block(block.withTensors(tensors))));
  }

  private static Tensor require(MediaBlock block, String name) {
    Tensor tensor = block.tensors().get(name);
    if (tensor == null) {
      throw new IllegalStateException(
          "Block %d came without tensor \"%s\"; the stage that makes it has to run before."
              .formatted(block.index(), name));
    }
    return tensor;
  }
}
