package io.avatarflow.operators.pack;

import io.avatarflow.operators.pack.PackManifest.Graph;
import io.avatarflow.operators.pack.PackManifest.State;
import io.avatarflow.operators.pack.PackManifest.TensorSpec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Tells people what a pack is: its clock, stages, graphs, tensors, states, parameters and sizes.
 */
public final class PackInspector {
  private PackInspector() {}

  /**
   * The facts about a pack.
   *
   * @param name the pack's name
   * @param digest the pack's digest
   * @param location where it is
   * @param summary facts of one line, by title
   * @param stages steps of each stage, by stage
   * @param graphs every graph
   * @param states canonical states: name to description
   * @param parameters session parameters: name to default and range
   */
  public record Facts(
      String name,
      String digest,
      String location,
      Map<String, String> summary,
      Map<String, List<String>> stages,
      List<GraphFacts> graphs,
      Map<String, String> states,
      Map<String, String> parameters) {}

  /**
   * The facts about a graph.
   *
   * @param name in the manifest
   * @param bytes size of its file
   * @param opset version of the operator set
   * @param operators how often each operator occurs
   * @param inputs name to type and shape
   * @param outputs name to type and shape
   */
  public record GraphFacts(
      String name,
      long bytes,
      long opset,
      Map<String, Integer> operators,
      Map<String, String> inputs,
      Map<String, String> outputs) {}

  /**
   * Reads the facts of a pack; closes the source.
   *
   * @throws PackException if the pack is refused
   */
  public static Facts inspect(PackSource source) {
    try (PackContents contents = PackContents.open(source)) {
      PackValidator.check(contents);
      PackManifest manifest = contents.manifest();
      List<GraphFacts> graphs = new ArrayList<>();
      manifest.graphs().forEach((name, graph) -> graphs.add(graph(contents, name, graph)));
      return new Facts(
          manifest.name(),
          contents.digest(),
          contents.location(),
          summary(manifest, graphs),
          stages(manifest),
          graphs,
          states(manifest),
          parameters(manifest));
    }
  }

  private static Map<String, String> summary(PackManifest manifest, List<GraphFacts> graphs) {
    int blockMillis = manifest.clock().framesPerBlock() * 1000 / manifest.clock().fps();
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("description", manifest.description());
    facts.put("version", manifest.version());
    facts.put("license", manifest.license());
    facts.put("contract", Integer.toString(manifest.contract()));
    facts.put("determinism", manifest.determinism().manifestName());
    facts.put(
        "pictures",
        "%d x %d at %d fps"
            .formatted(
                manifest.picture().width(), manifest.picture().height(), manifest.clock().fps()));
    facts.put(
        "block", "%d frames, %d ms".formatted(manifest.clock().framesPerBlock(), blockMillis));
    facts.put(
        "look-ahead",
        "%d frames, %d ms, from the width of the features"
            .formatted(manifest.audio().lookAheadFrames(), manifest.lookAheadMillis()));
    facts.put("algorithmic delay", "%d ms".formatted(blockMillis + manifest.lookAheadMillis()));
    facts.put(
        "audio",
        "%d Hz, %d mel bands"
            .formatted(manifest.audio().sampleRate(), manifest.audio().logMel().bands()));
    facts.put("largest batch", Integer.toString(manifest.batch().max()));
    long held = Ladder.canHold(manifest) ? Ladder.heldBytes(manifest) : 0;
    facts.put(
        "canonical state",
        "%d bytes a session, %d of them to hold a picture"
            .formatted(manifest.canonicalStateBytes() + held, held));
    facts.put("derived state", "%d bytes a session".formatted(derivedBytes(manifest)));
    facts.put(
        "graphs",
        "%d, %d bytes"
            .formatted(graphs.size(), graphs.stream().mapToLong(GraphFacts::bytes).sum()));
    facts.put(
        "ladder",
        String.join("; ", manifest.ladder().stream().map(PackInspector::describe).toList()));
    facts.put(
        "aligner",
        manifest.aligner() == null
            ? "none; portraits are cut to their upper middle"
            : "refuses crops below %d pixels and heads turned beyond %s degrees"
                .formatted(manifest.aligner().minCropPixels(), manifest.aligner().maxYawDegrees()));
    facts.put("identities", String.join(", ", manifest.identities().keySet()));
    return facts;
  }

  private static String describe(PackManifest.Rung rung) {
    if (rung.mode() != Ladder.Mode.MAKE) {
      return "%s (repeats the picture)".formatted(rung.name());
    }
    String guidance = rung.guidance() == null ? "" : ", guidance " + rung.guidance();
    return "%s (%s, motion %s%s)"
        .formatted(rung.name(), cap(rung.steps()), cap(rung.motionSteps()), guidance);
  }

  private static String cap(Integer steps) {
    return steps == null ? "as asked" : steps.toString();
  }

  private static long derivedBytes(PackManifest manifest) {
    return manifest.derived().stream()
        .flatMap(derived -> manifest.graphs().get(derived.graph()).outputs().values().stream())
        .mapToLong(spec -> (long) TensorType.of(spec).size() * spec.type().bytes())
        .sum();
  }

  private static Map<String, List<String>> stages(PackManifest manifest) {
    Map<String, List<String>> stages = new LinkedHashMap<>();
    manifest
        .stages()
        .forEach(
            (name, steps) -> stages.put(name, steps.stream().map(PackInspector::step).toList()));
    return stages;
  }

  private static String step(PackStep step) {
    if (step.graph() != null) {
      return "run " + step.graph();
    }
    if (step.sample() != null) {
      return "sample %s from time %s (%s)"
          .formatted(step.sample().graph(), step.sample().startTime(), step.sample().predicts());
    }
    return "blend " + step.blend().tensor();
  }

  private static GraphFacts graph(PackContents contents, String name, Graph graph) {
    try {
      byte[] onnx = contents.read(graph.file());
      OnnxModel model = OnnxModelReader.read(onnx);
      return new GraphFacts(
          name,
          onnx.length,
          model.opset(),
          new TreeMap<>(model.operators()),
          tensors(graph.inputs()),
          tensors(graph.outputs()));
    } catch (IOException e) {
      throw new PackException(
          "Pack \"%s\": graph %s cannot be read (%s)."
              .formatted(contents.manifest().name(), name, e.getMessage()),
          e);
    }
  }

  private static Map<String, String> tensors(Map<String, TensorSpec> specs) {
    Map<String, String> shown = new LinkedHashMap<>();
    specs.forEach((name, spec) -> shown.put(name, spec.type().manifestName() + " " + spec.shape()));
    return shown;
  }

  private static Map<String, String> states(PackManifest manifest) {
    Map<String, String> shown = new LinkedHashMap<>();
    for (Map.Entry<String, State> state : manifest.states().entrySet()) {
      shown.put(
          state.getKey(),
          "%s, %s, %d bytes"
              .formatted(
                  state.getValue().stage(),
                  TensorType.of(state.getValue()),
                  state.getValue().bytes()));
    }
    return shown;
  }

  private static Map<String, String> parameters(PackManifest manifest) {
    PackParameters parameters = new PackParameters(manifest);
    Map<String, String> shown = new LinkedHashMap<>();
    PackParameters.names()
        .forEach(
            name ->
                shown.put(
                    name,
                    parameters.allowed(name).isEmpty()
                        ? "%s, %s to %s"
                            .formatted(
                                parameters.defaultValue(name),
                                parameters.min(name),
                                parameters.max(name))
                        : "%s of %s"
                            .formatted(
                                parameters.defaultValue(name),
                                String.join(", ", parameters.allowed(name)))));
    return shown;
  }
}
