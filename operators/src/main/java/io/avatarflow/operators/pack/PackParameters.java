package io.avatarflow.operators.pack;

import io.avatarflow.operators.pack.PackManifest.ParameterRange;
import io.avatarflow.operators.stage.BlockParameters;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The session parameters of one pack: its defaults, and what it allows within the contract's own
 * ranges.
 *
 * <p>Immutable, safe for use by several threads.
 */
public final class PackParameters {
  /** Samplers that the engine has. */
  public static final List<String> SAMPLERS = List.of("ddpm", "ddim", "euler", "dpmpp-2m", "lcm");

  /** Noise schedules that the engine has. */
  public static final List<String> SCHEDULES = List.of("linear", "cosine");

  private static final Map<String, Range> CONTRACT = contract();

  private final PackManifest manifest;

  public PackParameters(PackManifest manifest) {
    this.manifest = manifest;
  }

  private record Range(
      String defaultValue, double min, double max, List<String> allowed, boolean whole) {
    static Range number(double defaultValue, double min, double max) {
      return new Range(Double.toString(defaultValue), min, max, List.of(), false);
    }

    static Range count(int defaultValue, int min, int max) {
      return new Range(Integer.toString(defaultValue), min, max, List.of(), true);
    }

    static Range word(List<String> allowed) {
      return new Range(allowed.get(0), 0, 0, allowed, false);
    }
  }

  private static Map<String, Range> contract() {
    Map<String, Range> ranges = new LinkedHashMap<>();
    ranges.put("steps", Range.count(1, 1, 50));
    ranges.put("motionSteps", Range.count(1, 1, 50));
    ranges.put("sampler", Range.word(SAMPLERS));
    ranges.put("motionSampler", Range.word(SAMPLERS));
    ranges.put("schedule", Range.word(SCHEDULES));
    ranges.put("guidance", Range.number(1, 0, 20));
    ranges.put("identityStrength", Range.number(1, 0, 1));
    ranges.put("temporalWeight", Range.number(0.7, 0, 1));
    ranges.put("smoothing", Range.number(0, 0, 1));
    ranges.put("valence", Range.number(0, -1, 1));
    ranges.put("arousal", Range.number(0, -1, 1));
    ranges.put("idlePolicy", Range.word(List.of("ANIMATE", "HOLD", "PAUSE")));
    return Collections.unmodifiableMap(ranges);
  }

  /** The parameters of a session that asks for none. */
  public BlockParameters defaults() {
    return new BlockParameters(
        count("steps"),
        word("sampler"),
        count("motionSteps"),
        word("motionSampler"),
        word("schedule"),
        number("guidance"),
        number("identityStrength"),
        number("temporalWeight"),
        number("smoothing"),
        number("valence"),
        number("arousal"),
        word("idlePolicy").toUpperCase(Locale.ROOT),
        0,
        List.of());
  }

  /**
   * Every way in which parameters leave what this pack allows, a sentence each; empty when they are
   * fine.
   */
  public List<String> problems(BlockParameters asked) {
    List<String> problems = new ArrayList<>();
    number(problems, "steps", asked.steps());
    number(problems, "motionSteps", asked.motionSteps());
    word(problems, "sampler", asked.sampler());
    word(problems, "motionSampler", asked.motionSampler());
    word(problems, "schedule", asked.schedule());
    number(problems, "guidance", asked.guidance());
    number(problems, "identityStrength", asked.identityStrength());
    number(problems, "temporalWeight", asked.temporalWeight());
    number(problems, "smoothing", asked.smoothing());
    number(problems, "valence", asked.valence());
    number(problems, "arousal", asked.arousal());
    word(problems, "idlePolicy", asked.idlePolicy());
    return problems;
  }

  /** Every way in which the manifest's own section leaves the contract, a sentence each. */
  List<String> manifestProblems() {
    List<String> problems = new ArrayList<>();
    manifest.parameters().forEach((name, range) -> manifestProblem(problems, name, range));
    return problems;
  }

  private void manifestProblem(List<String> problems, String name, ParameterRange range) {
    Range contract = CONTRACT.get(name);
    if (contract == null) {
      problems.add(
          "Pack \"%s\": parameter \"%s\" is not known; use %s."
              .formatted(manifest.name(), name, String.join(", ", CONTRACT.keySet())));
      return;
    }
    range.allowed().stream()
        .filter(word -> !contract.allowed().contains(word))
        .forEach(
            word ->
                problems.add(
                    "Pack \"%s\": parameter %s allows \"%s\", which the engine has not; it has %s."
                        .formatted(
                            manifest.name(), name, word, String.join(", ", contract.allowed()))));
    if (contract.allowed().isEmpty()
        && (min(name) < contract.min() || max(name) > contract.max())) {
      problems.add(
          "Pack \"%s\": parameter %s has the range %s to %s, the contract's is %s to %s; narrow it."
              .formatted(
                  manifest.name(),
                  name,
                  show(min(name)),
                  show(max(name)),
                  show(contract.min()),
                  show(contract.max())));
    }
    String value = defaultValue(name);
    if (!contract.allowed().isEmpty()) {
      word(problems, name, value);
      return;
    }
    try {
      number(problems, name, Double.parseDouble(value));
    } catch (NumberFormatException e) {
      problems.add(
          "Pack \"%s\": parameter %s has the default \"%s\", which is not a number; give one from %s to %s."
              .formatted(manifest.name(), name, value, show(min(name)), show(max(name))));
    }
  }

  private void number(List<String> problems, String name, double value) {
    boolean whole = CONTRACT.get(name).whole();
    if (!(value >= min(name) && value <= max(name)) || (whole && value != Math.rint(value))) {
      problems.add(
          "Pack \"%s\": %s is %s; use a%s number from %s to %s."
              .formatted(
                  manifest.name(),
                  name,
                  show(value),
                  whole ? " whole" : "",
                  show(min(name)),
                  show(max(name))));
    }
  }

  private void word(List<String> problems, String name, String value) {
    if (!allowed(name).contains(value)) {
      problems.add(
          "Pack \"%s\": %s is \"%s\"; use one of %s."
              .formatted(manifest.name(), name, value, String.join(", ", allowed(name))));
    }
  }

  /** The names of all parameters. */
  public static Set<String> names() {
    return CONTRACT.keySet();
  }

  /** The words that a parameter may have. */
  public List<String> allowed(String name) {
    ParameterRange range = manifest.parameters().get(name);
    return range == null || range.allowed().isEmpty()
        ? CONTRACT.get(name).allowed()
        : range.allowed();
  }

  /** The least value of a number. */
  public double min(String name) {
    ParameterRange range = manifest.parameters().get(name);
    return range == null || range.min() == null ? CONTRACT.get(name).min() : range.min();
  }

  /** The largest value of a number. */
  public double max(String name) {
    ParameterRange range = manifest.parameters().get(name);
    return range == null || range.max() == null ? CONTRACT.get(name).max() : range.max();
  }

  /** The default, as the manifest or the contract spells it. */
  public String defaultValue(String name) {
    ParameterRange range = manifest.parameters().get(name);
    return range == null || range.defaultValue() == null
        ? CONTRACT.get(name).defaultValue()
        : range.defaultValue();
  }

  private int count(String name) {
    return (int) Double.parseDouble(defaultValue(name));
  }

  private float number(String name) {
    return Float.parseFloat(defaultValue(name));
  }

  private String word(String name) {
    return defaultValue(name);
  }

  private static String show(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Double.toString(value);
  }
}
