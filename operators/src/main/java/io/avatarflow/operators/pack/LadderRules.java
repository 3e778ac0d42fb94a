package io.avatarflow.operators.pack;

import io.avatarflow.operators.pack.PackManifest.Rung;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What a manifest's ladder must keep to: named rungs, each at most as costly as the one before. */
final class LadderRules {
  private static final int MOST_RUNGS = 16;

  private final PackManifest manifest;
  private final PackParameters parameters;
  private final Problems problems;

  private LadderRules(PackManifest manifest, Problems problems) {
    this.manifest = manifest;
    this.parameters = new PackParameters(manifest);
    this.problems = problems;
  }

  static void check(PackManifest manifest, Problems problems) {
    new LadderRules(manifest, problems).check();
  }

  private void check() {
    List<Rung> ladder = manifest.ladder();
    problems.require(
        ladder.size() <= MOST_RUNGS,
        "ladder has %d rungs; use at most %d.",
        ladder.size(),
        MOST_RUNGS);
    Set<String> names = new HashSet<>();
    for (int i = 0; i < ladder.size(); i++) {
      Rung rung = ladder.get(i);
      if (!problems.require(
          rung.name() != null && rung.name().matches("[a-z0-9][a-z0-9-]{0,31}"),
          "ladder rung %d has the name \"%s\"; use a to z, 0 to 9 and \"-\", at most 32 of them.",
          i,
          rung.name())) {
        continue;
      }
      problems.require(
          names.add(rung.name()), "ladder rung \"%s\" is there twice; rename one.", rung.name());
      range(rung, "steps", rung.steps());
      range(rung, "motionSteps", rung.motionSteps());
      range(rung, "guidance", rung.guidance());
      mode(rung, i);
      if (i > 0) {
        order(rung, ladder.get(i - 1));
      }
    }
  }

  private void range(Rung rung, String parameter, Number value) {
    double min = parameters.min(parameter);
    double max = parameters.max(parameter);
    problems.require(
        value == null || (value.doubleValue() >= min && value.doubleValue() <= max),
        "ladder rung \"%s\" has %s %s, outside the pack's range %s to %s; correct it.",
        rung.name(),
        parameter,
        value,
        min,
        max);
  }

  private void mode(Rung rung, int index) {
    if (rung.mode() == Ladder.Mode.MAKE) {
      return;
    }
    String mode = rung.mode().manifestName();
    problems.require(
        index > 0,
        "ladder rung \"%s\" is the first and has mode %s; begin with one that makes pictures.",
        rung.name(),
        mode);
    problems.require(
        Ladder.canHold(manifest),
        "ladder rung \"%s\" has mode %s, but stage render has a state or a sample, so the last picture"
            + " could not be made again after a restore; move them to stage denoise or drop the rung.",
        rung.name(),
        mode);
    problems.require(
        rung.steps() == null,
        "ladder rung \"%s\" has mode %s and steps %s; it denoises nothing, so drop the steps.",
        rung.name(),
        mode,
        rung.steps());
  }

  private void order(Rung rung, Rung before) {
    problems.require(
        rung.mode().compareTo(before.mode()) >= 0
            && !dearer(rung.steps(), before.steps(), rung.mode())
            && !dearer(rung.motionSteps(), before.motionSteps(), rung.mode())
            && !dearer(rung.guidance(), before.guidance(), rung.mode()),
        "ladder rung \"%s\" costs more than \"%s\" before it; order the rungs from the best to the cheapest.",
        rung.name(),
        before.name());
  }

  /** Without a cap a rung costs more than with one; a rung that makes nothing costs less. */
  private static boolean dearer(Number cap, Number capBefore, Ladder.Mode mode) {
    return mode == Ladder.Mode.MAKE
        && capBefore != null
        && (cap == null || cap.doubleValue() > capBefore.doubleValue());
  }
}
