package io.avatarflow.operators.program;

import io.avatarflow.operators.diffusion.NoiseStream;
import io.avatarflow.operators.pack.TensorScope;
import io.avatarflow.operators.pack.TensorType;
import io.avatarflow.operators.program.StageProgram.NamedSlot;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The slots of a program that is being compiled: which reference lives where and what fills it. */
final class SlotTable {
  static final String IMAGE = "identity.image";

  private final String stage;
  private final TensorScope scope;
  private final Map<String, Integer> slots = new HashMap<>();
  private final List<BlockInput> inputs = new ArrayList<>();
  private final Map<String, Integer> writtenStates = new LinkedHashMap<>();
  private final Map<String, Integer> derived = new LinkedHashMap<>();
  private final Set<NoiseStream> streams = new HashSet<>();
  private boolean derivedComplete;

  SlotTable(String stage, TensorScope scope) {
    this.stage = stage;
    this.scope = scope;
  }

  /** From here on steps run for each block, no longer once for each session. */
  void completeDerived() {
    derivedComplete = true;
  }

  /** The slot of a reference that has to be of that type. */
  int read(String what, String reference, TensorType wanted) {
    TensorType type = scope.typeOf(reference);
    if (!type.equals(wanted)) {
      throw new IllegalArgumentException(
          "%s is %s, but %s is %s".formatted(what, wanted, reference, type));
    }
    requireReadable(what, reference);
    Integer known = slots.get(reference);
    if (known != null) {
      return known;
    }
    BlockInput.Source source = source(reference, type);
    int slot = slot(reference);
    if (source != null) {
      inputs.add(new BlockInput(reference, slot, source));
    }
    return slot;
  }

  /** The slot that a bare name or a state is written to. */
  int write(String target, TensorType type) {
    if (!target.startsWith("state.")) {
      scope.make(target, type);
      return slot(target);
    }
    String name = target.substring("state.".length());
    TensorType declared = scope.state(name);
    if (!declared.equals(type)) {
      throw new IllegalArgumentException(
          "%s is declared as %s, but the graph gives %s".formatted(target, declared, type));
    }
    int slot = slot(target);
    if (writtenStates.put(name, slot) != null) {
      throw new IllegalArgumentException(
          "%s is written twice; one step has to own it".formatted(target));
    }
    return slot;
  }

  /** The slot of an output of a derived graph. */
  int writeDerived(String name) {
    int slot = slot("derived." + name);
    if (derived.put(name, slot) != null) {
      throw new IllegalArgumentException(
          "\"derived.%s\" is made twice; rename one of the outputs".formatted(name));
    }
    return slot;
  }

  /** The slot of a key, a new one when it has none. */
  int slot(String key) {
    Integer known = slots.putIfAbsent(key, slots.size());
    return known == null ? slots.get(key) : known;
  }

  /** The address of a noise, taken for good. */
  NoiseStream claim(String name) {
    NoiseStream stream = NoiseStream.named(stage, name);
    if (!streams.add(stream)) {
      throw new IllegalArgumentException(
          "\"%s\" would draw the same numbers as another noise of the stage; declare one more"
              .formatted(name));
    }
    return stream;
  }

  int size() {
    return slots.size();
  }

  List<BlockInput> inputs() {
    return List.copyOf(inputs);
  }

  int image() {
    return slots.getOrDefault(IMAGE, -1);
  }

  List<Integer> derived() {
    return List.copyOf(derived.values());
  }

  List<NamedSlot> writtenStates() {
    return named(writtenStates);
  }

  static List<NamedSlot> named(Map<String, Integer> slots) {
    return slots.entrySet().stream()
        .map(entry -> new NamedSlot(entry.getKey(), entry.getValue()))
        .toList();
  }

  private void requireReadable(String what, String reference) {
    if (derivedComplete && reference.equals(IMAGE)) {
      throw new IllegalArgumentException(
          "%s reads identity.image, which only derived graphs see; read derived state instead"
              .formatted(what));
    }
    boolean constant =
        reference.equals(IMAGE)
            || (reference.startsWith("derived.") && slots.containsKey(reference));
    if (!derivedComplete && !constant) {
      throw new IllegalArgumentException(
          "%s reads %s, but derived state may depend on identity.image and earlier derived state alone"
              .formatted(what, reference));
    }
  }

  /** What fills the slot before the first step; null when a step or the derived state does. */
  private BlockInput.Source source(String reference, TensorType type) {
    int dot = reference.indexOf('.');
    String name = reference.substring(dot + 1);
    return switch (dot < 0 ? "" : reference.substring(0, dot)) {
      case "" -> scope.madeHere(reference) ? null : BlockInput.fromBlock(reference);
      case "features" -> BlockInput.fromBlock(reference);
      case "state" -> BlockInput.fromState(name);
      case "param" -> ParameterInputs.of(name, type);
      case "noise" -> {
        if (scope.noise(name).everyStep()) {
          throw new IllegalArgumentException(
              "%s is drawn anew in every denoising step, so only the in of a sample reads it"
                  .formatted(reference));
        }
        NoiseInput noise = NoiseInput.of(claim(name), name, scope.noise(name));
        yield run -> noise.draw(run, 0);
      }
      default -> null;
    };
  }
}
