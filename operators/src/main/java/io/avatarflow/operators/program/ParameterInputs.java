package io.avatarflow.operators.program;

import io.avatarflow.operators.pack.TensorScope;
import io.avatarflow.operators.pack.TensorType;
import io.avatarflow.operators.stage.BlockParameters;
import io.avatarflow.operators.stage.BlockParameters.OverrideFrame;
import io.avatarflow.operators.tensor.Tensor;

/** Session parameters as tensors: {@code param.X}. */
final class ParameterInputs {
  private ParameterInputs() {}

  /** The source of a parameter whose type {@link TensorScope} has resolved. */
  static BlockInput.Source of(String name, TensorType type) {
    return switch (name) {
      case "guidance" -> run -> Tensor.scalar(parameters(run).guidance());
      case "identityStrength" -> run -> Tensor.scalar(parameters(run).identityStrength());
      case "temporalWeight" -> run -> Tensor.scalar(parameters(run).temporalWeight());
      case "smoothing" -> run -> Tensor.scalar(parameters(run).smoothing());
      case "expression" ->
          run ->
              Tensor.ofFloats(
                  type.dimensions(), parameters(run).valence(), parameters(run).arousal());
      case "override" -> run -> override(run, type, false);
      case "overrideMask" -> run -> override(run, type, true);
      default ->
          throw new IllegalArgumentException("parameter \"%s\" has no tensor".formatted(name));
    };
  }

  /** Values, or ones where a value is given; [N, channels]. */
  private static Tensor override(BlockRun run, TensorType type, boolean mask) {
    int frames = type.shape().get(0);
    int channels = type.shape().get(1);
    float[] values = new float[frames * channels];
    for (OverrideFrame entry : parameters(run).override()) {
      if (entry.frame() < 0
          || entry.frame() >= frames
          || entry.channel() < 0
          || entry.channel() >= channels
          || !Float.isFinite(entry.value())) {
        run.complain(
            "Override of frame %d, channel %d with %s is ignored; a block has frames 0 to %d, the pack channels 0 to %d."
                .formatted(
                    entry.frame(), entry.channel(), entry.value(), frames - 1, channels - 1));
      } else {
        values[entry.frame() * channels + entry.channel()] = mask ? 1 : entry.value();
      }
    }
    return Tensor.ofFloats(type.dimensions(), values);
  }

  private static BlockParameters parameters(BlockRun run) {
    return run.block().parameters();
  }
}
