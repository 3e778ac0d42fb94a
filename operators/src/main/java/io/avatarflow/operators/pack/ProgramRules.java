package io.avatarflow.operators.pack;

import io.avatarflow.operators.pack.PackManifest.Graph;
import io.avatarflow.operators.tensor.ElementType;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a pack's program must be: every reference leads to a tensor that is there, of the very type
 * and shape; every state is read and written by its own stage; pictures come out.
 *
 * <p>Walks the stages in the engine's order and keeps the type of every name, as a compiler would.
 */
final class ProgramRules {
  /** The engine's stages that run a pack's program, in order. */
  static final List<String> STAGES = List.of("motion", "denoise", "blend", "render");

  /** The name of the pictures that the render stage makes. */
  static final String FRAMES = "frames";

  private final PackManifest manifest;
  private final Problems problems;
  private final Map<String, TensorType> passedOn = new LinkedHashMap<>();
  private final Set<String> read = new HashSet<>();
  private final Set<String> written = new HashSet<>();
  private final Set<String> noiseUsed = new HashSet<>();
  private final Set<String> usedGraphs = new HashSet<>();

  private ProgramRules(PackManifest manifest, Problems problems) {
    this.manifest = manifest;
    this.problems = problems;
  }

  static void check(PackManifest manifest, Problems problems) {
    ProgramRules rules = new ProgramRules(manifest, problems);
    for (String name : manifest.stages().keySet()) {
      problems.require(
          STAGES.contains(name),
          "stages.%s is not a stage of the engine; use %s.",
          name,
          String.join(", ", STAGES));
    }
    rules.lookAhead();
    for (String name : STAGES) {
      rules.stage(name, manifest.stages().getOrDefault(name, List.of()));
    }
    rules.leftovers();
  }

  private void stage(String name, List<PackStep> steps) {
    ProgramScope scope = new ProgramScope(manifest, name, passedOn);
    StepRules rules = new StepRules(manifest, problems, name, scope);
    manifest.derived().stream()
        .filter(derived -> derived.stage().equals(name))
        .forEach(rules::derived);
    for (int i = 0; i < steps.size(); i++) {
      rules.step("stages.%s[%d]".formatted(name, i), steps.get(i));
    }
    for (String output : manifest.outputs().getOrDefault(name, List.of())) {
      TensorType type = scope.resolve(output).orElse(null);
      if (problems.require(
          type != null,
          "outputs.%s names \"%s\", which the stage does not make; it has %s.",
          name,
          output,
          scope.listing())) {
        passedOn.put(output, type);
      }
    }
    read.addAll(scope.statesRead());
    written.addAll(rules.statesWritten());
    usedGraphs.addAll(rules.graphsRun());
    noiseUsed.addAll(scope.noiseUsed());
    if (name.equals("render")) {
      TensorType pictures =
          TensorType.of(
              ElementType.UINT8,
              manifest.clock().framesPerBlock(),
              manifest.picture().height(),
              manifest.picture().width(),
              3);
      problems.require(
          scope.resolve(FRAMES).filter(pictures::equals).isPresent(),
          "stages.render makes %s, the engine needs a tensor \"%s\" of %s; correct the decoder or clock and picture.",
          scope
              .resolve(FRAMES)
              .map(made -> FRAMES + " as " + made)
              .orElse("no tensor \"" + FRAMES + "\""),
          FRAMES,
          pictures);
    }
  }

  private void lookAhead() {
    int declared = manifest.audio().lookAheadFrames();
    for (PackStep step : manifest.stages().getOrDefault("motion", List.of())) {
      Graph graph = step.graph() == null ? null : manifest.graphs().get(step.graph());
      if (graph != null) {
        step.in().entrySet().stream()
            .filter(
                entry ->
                    entry.getValue().equals("features.mel")
                        && graph.inputs().containsKey(entry.getKey()))
            .map(entry -> graph.inputs().get(entry.getKey()).rowShape())
            .filter(shape -> shape.length > 0)
            .forEach(
                shape ->
                    problems.require(
                        shape[0] - manifest.clock().framesPerBlock() == declared,
                        "graph %s looks %d frames ahead, audio.lookAheadFrames says %d; correct the one that is wrong.",
                        step.graph(),
                        shape[0] - manifest.clock().framesPerBlock(),
                        declared));
      }
    }
  }

  private void leftovers() {
    if (manifest.aligner() != null) {
      usedGraphs.add(manifest.aligner().graph());
    }
    Map<String, String> states = new HashMap<>();
    manifest.states().forEach((name, state) -> states.put(name, state.stage()));
    manifest
        .states()
        .keySet()
        .forEach(
            name -> {
              problems.require(
                  written.contains(name),
                  "state \"%s\" of stage %s is never written; remove it.",
                  name,
                  states.get(name));
              problems.require(
                  read.contains(name),
                  "state \"%s\" of stage %s is never read; remove it.",
                  name,
                  states.get(name));
            });
    manifest
        .noise()
        .forEach(
            (name, noise) -> {
              problems.require(
                  noiseUsed.contains(name), "noise \"%s\" is never used; remove it.", name);
              problems.require(
                  noise.distribution().equals("normal") || noise.distribution().equals("uniform"),
                  "noise \"%s\" has distribution \"%s\"; use normal or uniform.",
                  name,
                  noise.distribution());
            });
    manifest
        .graphs()
        .keySet()
        .forEach(
            name ->
                problems.require(
                    usedGraphs.contains(name), "graph \"%s\" is never run; remove it.", name));
  }
}
