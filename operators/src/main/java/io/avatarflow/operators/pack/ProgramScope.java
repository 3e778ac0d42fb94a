package io.avatarflow.operators.pack;

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
  private final ReferenceTypes types;
  private final Map<String, TensorType> names = new LinkedHashMap<>();
  private final Set<String> statesRead = new LinkedHashSet<>();
  private final Set<String> noiseUsed = new LinkedHashSet<>();
  private final String stage;

  ProgramScope(PackManifest manifest, String stage, Map<String, TensorType> fromEarlierStages) {
    this.types = new ReferenceTypes(manifest);
    this.stage = stage;
    names.putAll(fromEarlierStages);
  }

  void define(String name, TensorType type) {
    names.put(name, type);
  }

  /** Notes that the engine itself reads a state. */
  void readState(String name) {
    statesRead.add(name);
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
      case "features" -> types.feature(name);
      case "param" -> types.parameter(name);
      case "identity" -> types.identity(name);
      case "state" -> state(name);
      case "noise" -> noise(name);
      default -> Optional.empty();
    };
  }

  private Optional<TensorType> state(String name) {
    Optional<TensorType> type = types.state(stage, name);
    if (type.isPresent()) {
      statesRead.add(name);
    }
    return type;
  }

  private Optional<TensorType> noise(String name) {
    Optional<TensorType> type = types.noise(name);
    if (type.isPresent()) {
      noiseUsed.add(name);
    }
    return type;
  }
}
