package io.avatarflow.operators.pack;

import io.avatarflow.operators.pack.PackManifest.Derived;
import io.avatarflow.operators.pack.PackManifest.Graph;
import io.avatarflow.operators.pack.PackManifest.Noise;
import io.avatarflow.operators.pack.PackManifest.State;
import io.avatarflow.operators.pack.PackManifest.TensorSpec;
import io.avatarflow.operators.pack.PackStep.Blend;
import io.avatarflow.operators.pack.PackStep.Sample;
import io.avatarflow.operators.tensor.ElementType;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the steps of one stage must be: everything they feed and take is there, of the very type and
 * shape.
 */
final class StepRules {
  private static final List<String> ROLES = List.of("motion", "denoise");
  private static final List<String> PREDICTIONS = List.of("x0", "eps", "v");

  private final PackManifest manifest;
  private final Problems problems;
  private final String stage;
  private final ProgramScope scope;
  private final Set<String> statesWritten = new HashSet<>();
  private final Set<String> graphsRun = new HashSet<>();

  StepRules(PackManifest manifest, Problems problems, String stage, ProgramScope scope) {
    this.manifest = manifest;
    this.problems = problems;
    this.stage = stage;
    this.scope = scope;
  }

  /** States that a step wrote. */
  Set<String> statesWritten() {
    return statesWritten;
  }

  /** Graphs that a step ran. */
  Set<String> graphsRun() {
    return graphsRun;
  }

  /** A graph that builds derived state. */
  void derived(Derived derived) {
    String where = "derived graph " + derived.graph();
    Graph graph = graph(where, derived.graph());
    if (graph != null) {
      bind(where, graph, derived.in(), Set.of());
      graph.outputs().forEach((name, spec) -> scope.define("derived." + name, TensorType.of(spec)));
    }
  }

  /** One step; {@code where} names it in messages. */
  void step(String where, PackStep step) {
    int kinds =
        (step.graph() == null ? 0 : 1)
            + (step.sample() == null ? 0 : 1)
            + (step.blend() == null ? 0 : 1);
    if (!problems.require(
        kinds == 1, "%s has %d of graph, sample and blend; give exactly one.", where, kinds)) {
      return;
    }
    if (step.graph() != null) {
      Graph graph = graph(where, step.graph());
      if (graph != null) {
        bind(where, graph, step.in(), Set.of());
        step.in().values().forEach(reference -> onceABlock(where, reference));
        step.out().forEach((output, target) -> output(where, step.graph(), graph, output, target));
      }
    } else if (step.sample() != null) {
      sample(where + ".sample", step.sample());
    } else {
      blend(where + ".blend", step.blend());
    }
  }

  private Graph graph(String where, String name) {
    graphsRun.add(name);
    Graph graph = manifest.graphs().get(name);
    problems.require(
        graph != null,
        "%s runs graph \"%s\", which is not declared; graphs has %s.",
        where,
        name,
        String.join(", ", manifest.graphs().keySet()));
    return graph;
  }

  private void bind(String where, Graph graph, Map<String, String> in, Set<String> byEngine) {
    graph
        .inputs()
        .forEach(
            (name, spec) -> {
              if (!byEngine.contains(name)) {
                String reference = in.get(name);
                if (problems.require(
                    reference != null,
                    "%s leaves input \"%s\" of %s open; give it under in.",
                    where,
                    name,
                    graph.file())) {
                  expect(where, name, reference, TensorType.of(spec));
                }
              }
            });
    in.keySet().stream()
        .filter(name -> !graph.inputs().containsKey(name) || byEngine.contains(name))
        .forEach(
            name ->
                problems.add(
                    "%s feeds \"%s\", which is no free input of %s; remove it.",
                    where, name, graph.file()));
  }

  private void onceABlock(String where, String reference) {
    Noise noise =
        reference.startsWith("noise.")
            ? manifest.noise().get(reference.substring("noise.".length()))
            : null;
    problems.require(
        noise == null || !noise.everyStep(),
        "%s uses %s, which is drawn anew in every denoising step; only a sample may use it.",
        where,
        reference);
  }

  private void expect(String where, String input, String reference, TensorType wanted) {
    TensorType found = scope.resolve(reference).orElse(null);
    if (problems.require(
        found != null,
        "%s: \"%s\" refers to \"%s\", which is not there; there are %s.",
        where,
        input,
        reference,
        scope.listing())) {
      problems.require(
          found.equals(wanted),
          "%s: \"%s\" takes %s, but \"%s\" is %s; correct the one that is wrong.",
          where,
          input,
          wanted,
          reference,
          found);
    }
  }

  private void output(String where, String name, Graph graph, String output, String target) {
    TensorSpec spec = graph.outputs().get(output);
    if (!problems.require(
        spec != null,
        "%s takes output \"%s\" of %s, which it has not; it has %s.",
        where,
        output,
        name,
        String.join(", ", graph.outputs().keySet()))) {
      return;
    }
    assign(where, target, TensorType.of(spec));
  }

  private void assign(String where, String target, TensorType type) {
    if (!target.startsWith("state.")) {
      problems.require(
          target.matches("[A-Za-z][A-Za-z0-9_]*"),
          "%s writes \"%s\"; use a plain name or state.NAME.",
          where,
          target);
      scope.define(target, type);
      return;
    }
    String name = target.substring("state.".length());
    State state = manifest.states().get(name);
    if (problems.require(
        state != null && state.stage().equals(stage),
        "%s writes %s, which is not a state of stage %s; declare it under states.",
        where,
        target,
        stage)) {
      statesWritten.add(name);
      problems.require(
          TensorType.of(state).equals(type),
          "%s writes %s to %s, which is %s; correct the one that is wrong.",
          where,
          type,
          target,
          TensorType.of(state));
    }
  }

  private void sample(String where, Sample sample) {
    problems.require(
        ROLES.contains(sample.role()), "%s.role is \"%s\"; use %s.", where, sample.role(), ROLES);
    problems.require(
        PREDICTIONS.contains(sample.predicts()),
        "%s.predicts is \"%s\"; use %s.",
        where,
        sample.predicts(),
        PREDICTIONS);
    problems.require(
        sample.startTime() > 0 && sample.startTime() <= 1,
        "%s.startTime is %s; use a time above 0 and at most 1.",
        where,
        sample.startTime());
    Graph graph = graph(where, sample.graph());
    if (graph == null) {
      return;
    }
    TensorSpec noisy = graph.inputs().get(sample.noisy());
    TensorSpec time = graph.inputs().get(sample.time());
    TensorSpec prediction = graph.outputs().get(sample.prediction());
    if (!problems.require(
        noisy != null && time != null && prediction != null,
        "%s needs inputs \"%s\" and \"%s\" and output \"%s\" of graph %s; one of them is not there.",
        where,
        sample.noisy(),
        sample.time(),
        sample.prediction(),
        sample.graph())) {
      return;
    }
    TensorType type = TensorType.of(noisy);
    problems.require(
        type.equals(TensorType.of(prediction)) && type.type() == ElementType.FLOAT32,
        "%s: the noisy sample is %s and the prediction %s; both have to be float32 of one shape.",
        where,
        type,
        TensorType.of(prediction));
    problems.require(
        TensorType.of(time).equals(TensorType.of(ElementType.FLOAT32)),
        "%s: the time \"%s\" is %s; it has to be float32 [batch].",
        where,
        sample.time(),
        TensorType.of(time));
    bind(where, graph, sample.in(), Set.of(sample.noisy(), sample.time()));
    guidance(where, sample, graph);
    if (sample.warpInit() != null) {
      warp(where + ".warpInit", sample, type);
    }
    assign(where, sample.out(), type);
  }

  private void guidance(String where, Sample sample, Graph graph) {
    if (sample.guidance() != null) {
      sample
          .guidance()
          .in()
          .forEach(
              (input, reference) -> {
                if (problems.require(
                    sample.in().containsKey(input),
                    "%s.guidance feeds \"%s\", which is not under in; only inputs that are may differ.",
                    where,
                    input)) {
                  expect(
                      where + ".guidance",
                      input,
                      reference,
                      TensorType.of(graph.inputs().get(input)));
                }
              });
    }
  }

  private void warp(String where, Sample sample, TensorType sampleType) {
    List<Integer> shape = sampleType.shape();
    if (!problems.require(
        shape.size() == 4,
        "%s needs a sample [T, C, h, w], this one is %s; leave it out.",
        where,
        sampleType)) {
      return;
    }
    int[] previous = {shape.get(1), shape.get(2), shape.get(3)};
    int[] flow = {shape.get(0), 2, shape.get(2), shape.get(3)};
    expect(
        where,
        "previous",
        sample.warpInit().previous(),
        TensorType.of(ElementType.FLOAT32, previous));
    expect(where, "flow", sample.warpInit().flow(), TensorType.of(ElementType.FLOAT32, flow));
  }

  private void blend(String where, Blend blend) {
    TensorType tensor = scope.resolve(blend.tensor()).orElse(null);
    State state = manifest.states().get(blend.state());
    problems.require(
        blend.maxHistory() >= 0
            && blend.maxHistory() < 1
            && blend.audioSensitivity() >= 0
            && blend.audioSensitivity() <= 1,
        "%s has maxHistory %s and audioSensitivity %s; use 0 to below 1 and 0 to 1.",
        where,
        blend.maxHistory(),
        blend.audioSensitivity());
    if (problems.require(
            tensor != null && tensor.type() == ElementType.FLOAT32 && tensor.shape().size() >= 2,
            "%s works on \"%s\", which is %s; it has to be a float32 tensor [T, ...] that an earlier stage passes on.",
            where,
            blend.tensor(),
            tensor == null ? "not there" : tensor)
        && problems.require(
            state != null && state.stage().equals(stage),
            "%s keeps the last frame in state \"%s\", which is not declared for stage %s; declare it under states.",
            where,
            blend.state(),
            stage)) {
      scope.readState(blend.state());
      statesWritten.add(blend.state());
      TensorType wanted =
          new TensorType(ElementType.FLOAT32, tensor.shape().subList(1, tensor.shape().size()));
      problems.require(
          TensorType.of(state).equals(wanted),
          "%s keeps one frame of \"%s\", %s, in state \"%s\", which is %s; correct the one that is wrong.",
          where,
          blend.tensor(),
          wanted,
          blend.state(),
          TensorType.of(state));
    }
  }
}
