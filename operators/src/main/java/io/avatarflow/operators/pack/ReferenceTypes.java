package io.avatarflow.operators.pack;

import io.avatarflow.operators.pack.PackManifest.Noise;
import io.avatarflow.operators.pack.PackManifest.State;
import io.avatarflow.operators.tensor.ElementType;
import java.util.Optional;

/**
 * The types of what the engine gives to a program, whatever its steps are: features, parameters,
 * the identity, states and noise.
 *
 * @param manifest the pack
 */
record ReferenceTypes(PackManifest manifest) {
  /** {@code features.NAME}. */
  Optional<TensorType> feature(String name) {
    int frames = manifest.clock().framesPerBlock() + manifest.audio().lookAheadFrames();
    int perFrame = manifest.samplesPerFrame() / manifest.audio().logMel().hopSamples();
    return switch (name) {
      case "mel" ->
          Optional.of(
              TensorType.of(
                  ElementType.FLOAT32, frames, perFrame * manifest.audio().logMel().bands()));
      case "energy" -> Optional.of(TensorType.of(ElementType.FLOAT32, frames));
      default -> Optional.empty();
    };
  }

  /** {@code param.NAME}. */
  Optional<TensorType> parameter(String name) {
    return switch (name) {
      case "guidance", "identityStrength", "temporalWeight", "smoothing" ->
          Optional.of(TensorType.of(ElementType.FLOAT32));
      case "expression" -> Optional.of(TensorType.of(ElementType.FLOAT32, 2));
      case "override", "overrideMask" ->
          Optional.of(
              TensorType.of(
                  ElementType.FLOAT32,
                  manifest.clock().framesPerBlock(),
                  manifest.motionChannels()));
      default -> Optional.empty();
    };
  }

  /** {@code identity.NAME}. */
  Optional<TensorType> identity(String name) {
    return name.equals("image")
        ? Optional.of(
            TensorType.of(
                ElementType.UINT8, manifest.identity().height(), manifest.identity().width(), 3))
        : Optional.empty();
  }

  /** {@code state.NAME} as a stage sees it: only its own. */
  Optional<TensorType> state(String stage, String name) {
    State state = manifest.states().get(name);
    return state == null || !state.stage().equals(stage)
        ? Optional.empty()
        : Optional.of(TensorType.of(state));
  }

  /** {@code noise.NAME}. */
  Optional<TensorType> noise(String name) {
    Noise noise = manifest.noise().get(name);
    return noise == null
        ? Optional.empty()
        : Optional.of(TensorType.of(ElementType.FLOAT32, noise.rowShape()));
  }
}
