package io.avatarflow.operators.pack;

import io.avatarflow.operators.pack.PackManifest.Noise;
import io.avatarflow.operators.pack.PackManifest.State;
import io.avatarflow.operators.tensor.ElementType;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The names that steps of one stage may refer to, with their types; remembers which states and
 * noises were asked for.
 */
final class ProgramScope {
  private final PackManifest manifest;
  private final Map<String, TensorType> names = new LinkedHashMap<>();
  private final Set<String> statesRead = new LinkedHashSet<>();
  private final Set<String> noiseUsed = new LinkedHashSet<>();
  private final String stage;

  ProgramScope(PackManifest manifest, String stage, Map<String, TensorType> fromEarlierStages) {
    this.manifest = manifest;
    this.stage = stage;
    names.putAll(fromEarlierStages);
  }

  void define(String name, TensorType type) {
    names.put(name, type);
  }

  Set<String> statesRead() {
    return statesRead;
  }

  Set<String> noiseUsed() {
    return noiseUsed;
  }

  /** The names that were defined, for messages. */
  String listing() {
    return names.isEmpty() ? "none yet" : String.join(", ", names.keySet());
  }

  /** The type of what a reference leads to. */
  Optional<TensorType> resolve(String reference) {
    int dot = reference.indexOf('.');
    if (dot < 0 || reference.startsWith("derived.")) {
      return Optional.ofNullable(names.get(reference));
    }
    String name = reference.substring(dot + 1);
    return switch (reference.substring(0, dot)) {
      case "features" -> feature(name);
      case "param" -> parameter(name);
      case "identity" -> identity(name);
      case "state" -> state(name);
      case "noise" -> noise(name);
      default -> Optional.empty();
    };
  }

  private Optional<TensorType> feature(String name) {
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

  private Optional<TensorType> parameter(String name) {
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

  private Optional<TensorType> identity(String name) {
    return name.equals("image")
        ? Optional.of(
            TensorType.of(
                ElementType.UINT8, manifest.identity().height(), manifest.identity().width(), 3))
        : Optional.empty();
  }

  private Optional<TensorType> state(String name) {
    State state = manifest.states().get(name);
    if (state == null || !state.stage().equals(stage)) {
      return Optional.empty();
    }
    statesRead.add(name);
    return Optional.of(TensorType.of(state));
  }

  private Optional<TensorType> noise(String name) {
    Noise noise = manifest.noise().get(name);
    if (noise == null) {
      return Optional.empty();
    }
    noiseUsed.add(name);
    return Optional.of(TensorType.of(ElementType.FLOAT32, noise.rowShape()));
  }
}
