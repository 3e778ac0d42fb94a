package io.avatarflow.operators.pack;

import io.avatarflow.operators.pack.PackManifest.Derived;
import io.avatarflow.operators.pack.PackManifest.Graph;
import io.avatarflow.operators.pack.PackManifest.Noise;
import io.avatarflow.operators.pack.PackManifest.State;
import io.avatarflow.operators.pack.PackManifest.TensorSpec;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The names that the steps of one stage may use, and what each stands for.
 *
 * <p>A reference is {@code features.X}, {@code state.X}, {@code derived.X}, {@code param.X}, {@code
 * noise.X}, {@code identity.image}, or the bare name of a tensor that an earlier step or an earlier
 * stage made. Every refusal is an {@link IllegalArgumentException} with the reason as half a
 * sentence.
 */
public final class TensorScope {
  /** The stages that a pack may describe, in the order in which a block passes them. */
  public static final List<String> STAGES = ProgramRules.STAGES;

  /** Passes every stage, because blending and reports listen to it. */
  public static final String ENERGY = "features.energy";

  /** The pictures that the render stage makes, uint8 [N, H, W, 3]. */
  public static final String FRAMES = ProgramRules.FRAMES;

  private final PackManifest manifest;
  private final ReferenceTypes types;
  private final String stage;
  private final Map<String, TensorType> made = new LinkedHashMap<>();

  /**
   * @param manifest the pack
   * @param stage one of {@link #STAGES}
   */
  public TensorScope(PackManifest manifest, String stage) {
    this.manifest = manifest;
    this.types = new ReferenceTypes(manifest);
    this.stage = stage;
  }

  /** What the reference stands for at this point of the program. */
  public TensorType typeOf(String reference) {
    int dot = reference.indexOf('.');
    if (dot < 0) {
      return bare(reference);
    }
    String name = reference.substring(dot + 1);
    return switch (reference.substring(0, dot)) {
      case "features" -> known(types.feature(name), reference, "the features are mel and energy");
      case "state" -> state(name);
      case "derived" -> derived(name);
      case "param" ->
          known(
              types.parameter(name),
              reference,
              "the parameters are guidance, identityStrength, temporalWeight, smoothing, expression, override and"
                  + " overrideMask");
      case "noise" -> known(types.noise(name), reference, "no such noise is declared");
      case "identity" ->
          known(types.identity(name), reference, "of the identity there is only identity.image");
      default -> throw unresolved(reference, "its prefix is not known");
    };
  }

  /** Notes that a step of this stage makes the bare name. */
  public void make(String name, TensorType type) {
    if (name.indexOf('.') >= 0) {
      throw new IllegalArgumentException(
          "\"%s\" cannot be written; write a bare name or state.NAME".formatted(name));
    }
    if (made.putIfAbsent(name, type) != null || fromEarlierStages().containsKey(name)) {
      throw new IllegalArgumentException(
          "\"%s\" is made twice; give it a name of its own".formatted(name));
    }
  }

  /** True when the bare name is a tensor of this stage, false when it comes with the block. */
  public boolean madeHere(String name) {
    return made.containsKey(name);
  }

  /** A canonical state of this stage. */
  public TensorType state(String name) {
    State state = manifest.states().get(name);
    if (state == null) {
      throw unresolved("state." + name, "no such state is declared");
    }
    if (!state.stage().equals(stage)) {
      throw unresolved("state." + name, "it belongs to stage \"%s\"".formatted(state.stage()));
    }
    return TensorType.of(state);
  }

  /** A noise that is known to be declared. */
  public Noise noise(String name) {
    typeOf("noise." + name);
    return manifest.noise().get(name);
  }

  /** True when the bare name is a tensor that comes with the block. */
  public boolean comesWithBlock(String name) {
    return fromEarlierStages().containsKey(name);
  }

  /** The tensors that leave this stage with the block, as the manifest lists them. */
  public List<String> outputs() {
    return outputsOf(stage);
  }

  /** What of a block's tensors later stages still read; {@link #ENERGY} always. */
  public Set<String> neededLater() {
    Set<String> needed = new HashSet<>();
    needed.add(ENERGY);
    for (String later : STAGES.subList(STAGES.indexOf(stage) + 1, STAGES.size())) {
      for (PackStep step : stepsOf(later)) {
        if (step.sample() != null) {
          needed.addAll(step.sample().in().values());
          if (step.sample().guidance() != null) {
            needed.addAll(step.sample().guidance().in().values());
          }
          if (step.sample().warpInit() != null) {
            needed.add(step.sample().warpInit().previous());
            needed.add(step.sample().warpInit().flow());
          }
        } else if (step.blend() != null) {
          needed.add(step.blend().tensor());
        } else {
          needed.addAll(step.in().values());
        }
      }
    }
    return needed;
  }

  private TensorType bare(String name) {
    TensorType here = made.get(name);
    TensorType type = here == null ? fromEarlierStages().get(name) : here;
    if (type != null) {
      return type;
    }
    if (madeBy(stage).containsKey(name)) {
      throw unresolved(name, "only a later step makes it, and steps run in order");
    }
    for (String other : STAGES) {
      if (madeBy(other).containsKey(name)) {
        throw unresolved(
            name,
            STAGES.indexOf(other) < STAGES.indexOf(stage)
                ? "stage \"%s\" makes it but does not list it in outputs".formatted(other)
                : "only the later stage \"%s\" makes it".formatted(other));
      }
    }
    throw unresolved(name, "nothing makes it");
  }

  private Map<String, TensorType> fromEarlierStages() {
    Map<String, TensorType> types = new LinkedHashMap<>();
    for (String earlier : STAGES.subList(0, STAGES.indexOf(stage))) {
      Map<String, TensorType> all = madeBy(earlier);
      for (String output : outputsOf(earlier)) {
        if (all.containsKey(output)) {
          types.put(output, all.get(output));
        }
      }
    }
    return types;
  }

  /** Leaves out what is wrong in the other stage: that stage reports it itself. */
  private Map<String, TensorType> madeBy(String other) {
    Map<String, TensorType> types = new LinkedHashMap<>();
    for (PackStep step : stepsOf(other)) {
      if (step.sample() != null) {
        Graph graph = manifest.graphs().get(step.sample().graph());
        TensorSpec noisy = graph == null ? null : graph.inputs().get(step.sample().noisy());
        if (noisy != null) {
          types.put(step.sample().out(), TensorType.of(noisy));
        }
      } else if (step.graph() != null && manifest.graphs().containsKey(step.graph())) {
        Map<String, TensorSpec> outputs = manifest.graphs().get(step.graph()).outputs();
        step.out()
            .forEach(
                (output, name) -> {
                  if (name.indexOf('.') < 0 && outputs.containsKey(output)) {
                    types.put(name, TensorType.of(outputs.get(output)));
                  }
                });
      }
    }
    return types;
  }

  private TensorType derived(String name) {
    String owner = null;
    for (Derived derived : manifest.derived()) {
      Graph graph = manifest.graphs().get(derived.graph());
      TensorSpec spec = graph == null ? null : graph.outputs().get(name);
      if (spec != null && derived.stage().equals(stage)) {
        return TensorType.of(spec);
      }
      owner = spec == null ? owner : derived.stage();
    }
    throw unresolved(
        "derived." + name,
        owner == null
            ? "no derived graph makes it"
            : "it belongs to stage \"%s\"".formatted(owner));
  }

  private List<PackStep> stepsOf(String name) {
    return manifest.stages().getOrDefault(name, List.of());
  }

  private List<String> outputsOf(String name) {
    Set<String> listed = new LinkedHashSet<>(manifest.outputs().getOrDefault(name, List.of()));
    if (name.equals("render") && madeBy(name).containsKey(ProgramRules.FRAMES)) {
      listed.add(ProgramRules.FRAMES);
    }
    return List.copyOf(listed);
  }

  private static TensorType known(Optional<TensorType> type, String reference, String otherwise) {
    return type.orElseThrow(() -> unresolved(reference, otherwise));
  }

  private static IllegalArgumentException unresolved(String reference, String why) {
    return new IllegalArgumentException("\"%s\" cannot be resolved: %s".formatted(reference, why));
  }
}
