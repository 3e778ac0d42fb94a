package io.avatarflow.operators.program;

import io.avatarflow.operators.diffusion.NoiseSchedule;
import io.avatarflow.operators.diffusion.Prediction;
import io.avatarflow.operators.diffusion.WarpInitialiser;
import io.avatarflow.operators.pack.PackManifest;
import io.avatarflow.operators.pack.PackManifest.Derived;
import io.avatarflow.operators.pack.PackManifest.Graph;
import io.avatarflow.operators.pack.PackManifest.ParameterRange;
import io.avatarflow.operators.pack.PackManifest.TensorSpec;
import io.avatarflow.operators.pack.PackStep;
import io.avatarflow.operators.pack.PackStep.Sample;
import io.avatarflow.operators.pack.PackStep.WarpInit;
import io.avatarflow.operators.pack.TensorScope;
import io.avatarflow.operators.pack.TensorType;
import io.avatarflow.operators.program.SampleStep.StepNoise;
import io.avatarflow.operators.program.SampleStep.Warp;
import io.avatarflow.operators.program.StageProgram.NamedSlot;
import io.avatarflow.operators.tensor.ElementType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Turns the steps of one stage of a manifest into a {@link StageProgram}, or says what is wrong
 * with them.
 *
 * <p>Used once for one program. Every refusal is an {@link IllegalArgumentException} that names
 * pack, stage and step.
 */
final class ProgramCompiler {
  private static final double LEAST_SIGNAL = 1e-3;

  private final PackManifest manifest;
  private final String stage;
  private final Function<String, GraphRunner> runners;
  private final TensorScope scope;

  private final SlotTable slots;
  private String where;

  ProgramCompiler(PackManifest manifest, String stage, Function<String, GraphRunner> runners) {
    this.manifest = manifest;
    this.stage = stage;
    this.runners = runners;
    this.scope = new TensorScope(manifest, stage);
    this.slots = new SlotTable(stage, scope);
  }

  StageProgram compile() {
    where = "stage \"%s\"".formatted(stage);
    try {
      return compiled();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "Pack \"%s\": %s: %s.".formatted(manifest.name(), where, e.getMessage()), e);
    }
  }

  private StageProgram compiled() {
    if (!TensorScope.STAGES.contains(stage)) {
      throw new IllegalArgumentException(
          "the engine has no such stage; its stages are " + TensorScope.STAGES);
    }
    List<ProgramStep> steps = new ArrayList<>();
    for (Derived entry : manifest.derived()) {
      if (entry.stage().equals(stage)) {
        where = "derived state of stage \"%s\" (graph %s)".formatted(stage, entry.graph());
        steps.add(derivedStep(entry));
      }
    }
    slots.completeDerived();
    int derivedSteps = steps.size();
    List<PackStep> listed = manifest.stages().getOrDefault(stage, List.of());
    for (int i = 0; i < listed.size(); i++) {
      where = "stage \"%s\", step %d".formatted(stage, i + 1);
      steps.add(step(listed.get(i)));
    }
    where = "stage \"%s\"".formatted(stage);
    List<NamedSlot> outputs = outputs();
    Set<String> passed = new HashSet<>(scope.neededLater());
    passed.addAll(scope.outputs());
    outputs.forEach(output -> passed.remove(output.name()));
    return new StageProgram(
        List.copyOf(steps),
        derivedSteps,
        slots.size(),
        slots.inputs(),
        slots.image(),
        manifest.identity().width(),
        manifest.identity().height(),
        slots.derived(),
        slots.writtenStates(),
        outputs,
        Set.copyOf(passed));
  }

  private ProgramStep derivedStep(Derived entry) {
    Graph graph = graph(entry.graph());
    List<NamedSlot> in = read(graph, entry.in(), Set.of());
    List<NamedSlot> out = new ArrayList<>();
    for (String name : graph.outputs().keySet()) {
      out.add(new NamedSlot(name, slots.writeDerived(name)));
    }
    return new GraphStep(runner(entry.graph()), in, List.copyOf(out), List.copyOf(out));
  }

  private ProgramStep step(PackStep step) {
    if (step.blend() != null) {
      throw new IllegalArgumentException(
          "it is a blend step; blend steps belong to stage \"blend\" alone");
    }
    if ((step.graph() == null) == (step.sample() == null)) {
      throw new IllegalArgumentException("a step is exactly one of graph, sample and blend");
    }
    where += " (graph %s)".formatted(step.graph() == null ? step.sample().graph() : step.graph());
    return step.graph() == null ? sampleStep(step.sample()) : graphStep(step);
  }

  private ProgramStep graphStep(PackStep step) {
    Graph graph = graph(step.graph());
    List<NamedSlot> in = read(graph, step.in(), Set.of());
    List<NamedSlot> out = new ArrayList<>();
    List<NamedSlot> checked = new ArrayList<>();
    for (Map.Entry<String, String> entry : step.out().entrySet()) {
      TensorType type = TensorType.of(output(graph, entry.getKey()));
      NamedSlot slot = new NamedSlot(entry.getKey(), slots.write(entry.getValue(), type));
      out.add(slot);
      if (entry.getValue().startsWith("state.") || scope.outputs().contains(entry.getValue())) {
        checked.add(slot);
      }
    }
    return new GraphStep(runner(step.graph()), in, List.copyOf(out), List.copyOf(checked));
  }

  private ProgramStep sampleStep(Sample sample) {
    Graph graph = graph(sample.graph());
    TensorType type = TensorType.of(input(graph, sample.noisy()));
    requireType(
        "input \"%s\"".formatted(sample.noisy()),
        type,
        TensorType.of(ElementType.FLOAT32, type.dimensions()));
    requireType(
        "input \"%s\"".formatted(sample.time()),
        TensorType.of(input(graph, sample.time())),
        TensorType.of(ElementType.FLOAT32));
    requireType(
        "output \"%s\"".formatted(sample.prediction()),
        TensorType.of(output(graph, sample.prediction())),
        type);
    boolean motionRole =
        switch (sample.role()) {
          case "motion" -> true;
          case "denoise" -> false;
          default ->
              throw new IllegalArgumentException(
                  "role \"%s\" is not known; use motion or denoise".formatted(sample.role()));
        };
    Prediction predicts = Prediction.of(sample.predicts());
    requireSignal(predicts, sample.startTime());

    List<StepNoise> stepNoise = new ArrayList<>();
    Map<String, String> references = drawEveryStep(sample.in(), stepNoise);
    Set<String> fed = new HashSet<>(Set.of(sample.noisy(), sample.time()));
    for (StepNoise noise : stepNoise) {
      requireType(
          "input \"%s\"".formatted(noise.input()),
          TensorType.of(input(graph, noise.input())),
          noise.noise().type());
      fed.add(noise.input());
    }
    List<NamedSlot> in = read(graph, references, fed);
    List<NamedSlot> nullIn = List.of();
    if (sample.guidance() != null) {
      Map<String, String> unconditional = new LinkedHashMap<>(references);
      unconditional.putAll(sample.guidance().in());
      nullIn = read(graph, unconditional, fed);
    }
    Warp warp = sample.warpInit() == null ? null : warp(sample.warpInit(), type);
    scope.make(sample.out(), type);
    return new SampleStep(
        runner(sample.graph()),
        motionRole,
        sample.noisy(),
        sample.time(),
        sample.prediction(),
        predicts,
        sample.startTime(),
        type,
        in,
        nullIn,
        List.copyOf(stepNoise),
        warp,
        slots.claim(sample.out() + "/start"),
        slots.claim(sample.out() + "/bridge"),
        slots.slot(sample.out()));
  }

  /** Takes noise of every step out of the references: the sampler draws and feeds it itself. */
  private Map<String, String> drawEveryStep(
      Map<String, String> references, List<StepNoise> stepNoise) {
    Map<String, String> others = new LinkedHashMap<>();
    for (Map.Entry<String, String> entry : references.entrySet()) {
      String reference = entry.getValue();
      String name = reference.substring(reference.indexOf('.') + 1);
      if (reference.startsWith("noise.") && scope.noise(name).everyStep()) {
        NoiseInput noise = NoiseInput.of(slots.claim(name), name, scope.noise(name));
        stepNoise.add(new StepNoise(entry.getKey(), noise));
      } else {
        others.put(entry.getKey(), reference);
      }
    }
    return others;
  }

  private Warp warp(WarpInit init, TensorType sample) {
    if (sample.shape().size() != 4) {
      throw new IllegalArgumentException(
          "warpInit needs a sample [T, C, h, w], but it is %s".formatted(sample));
    }
    int[] shape = sample.dimensions();
    int previous =
        slots.read(
            "warpInit previous",
            init.previous(),
            TensorType.of(ElementType.FLOAT32, shape[1], shape[2], shape[3]));
    int flow =
        slots.read(
            "warpInit flow",
            init.flow(),
            TensorType.of(ElementType.FLOAT32, shape[0], 2, shape[2], shape[3]));
    return new Warp(new WarpInitialiser(shape[0], shape[1], shape[2], shape[3]), previous, flow);
  }

  /** Slots of all inputs of a graph but those that the sampler feeds itself. */
  private List<NamedSlot> read(Graph graph, Map<String, String> references, Set<String> loop) {
    List<NamedSlot> in = new ArrayList<>();
    for (Map.Entry<String, String> entry : references.entrySet()) {
      TensorType wanted = TensorType.of(input(graph, entry.getKey()));
      in.add(
          new NamedSlot(
              entry.getKey(),
              slots.read("input \"%s\"".formatted(entry.getKey()), entry.getValue(), wanted)));
    }
    for (String name : graph.inputs().keySet()) {
      if (!references.containsKey(name) && !loop.contains(name)) {
        throw new IllegalArgumentException(
            "input \"%s\" of the graph is not fed; add it to in".formatted(name));
      }
    }
    return List.copyOf(in);
  }

  private List<NamedSlot> outputs() {
    Map<String, Integer> leaving = new LinkedHashMap<>();
    for (String name : scope.outputs()) {
      if (scope.madeHere(name)) {
        leaving.put(name, slots.slot(name));
      } else if (!scope.comesWithBlock(name)) {
        throw new IllegalArgumentException(
            "outputs lists \"%s\", which no step of the stage makes".formatted(name));
      }
    }
    return SlotTable.named(leaving);
  }

  private void requireSignal(Prediction predicts, double startTime) {
    ParameterRange range = manifest.parameters().get("schedule");
    for (NoiseSchedule schedule : NoiseSchedule.values()) {
      boolean allowed =
          range == null
              || range.allowed().isEmpty()
              || range.allowed().contains(schedule.manifestName());
      if (predicts == Prediction.EPS && allowed && schedule.alpha(startTime) < LEAST_SIGNAL) {
        throw new IllegalArgumentException(
            "it predicts eps from startTime %s, where the %s schedule holds no signal; start at 0.98 or predict v or x0"
                .formatted(startTime, schedule.manifestName()));
      }
    }
  }

  private Graph graph(String name) {
    Graph graph = manifest.graphs().get(name);
    if (graph == null) {
      throw new IllegalArgumentException(
          "graph \"%s\" is not declared; graphs are %s"
              .formatted(name, manifest.graphs().keySet()));
    }
    return graph;
  }

  private GraphRunner runner(String graph) {
    GraphRunner runner = runners.apply(graph);
    if (runner == null) {
      throw new IllegalArgumentException("graph \"%s\" has nothing that runs it".formatted(graph));
    }
    return runner;
  }

  private static TensorSpec input(Graph graph, String name) {
    return tensor("input", graph.inputs(), name);
  }

  private static TensorSpec output(Graph graph, String name) {
    return tensor("output", graph.outputs(), name);
  }

  private static TensorSpec tensor(String kind, Map<String, TensorSpec> tensors, String name) {
    TensorSpec spec = tensors.get(name);
    if (spec == null) {
      throw new IllegalArgumentException(
          "the graph has no %s \"%s\"; it has %s".formatted(kind, name, tensors.keySet()));
    }
    return spec;
  }

  private static void requireType(String what, TensorType type, TensorType wanted) {
    if (!type.equals(wanted)) {
      throw new IllegalArgumentException("%s is %s, it has to be %s".formatted(what, type, wanted));
    }
  }
}
