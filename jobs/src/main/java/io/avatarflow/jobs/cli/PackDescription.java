package io.avatarflow.jobs.cli;

import io.avatarflow.operators.pack.PackManifest;
import io.avatarflow.operators.tensor.Tensor;
import java.io.PrintStream;
import java.util.List;
import java.util.stream.Collectors;

/** Prints a manifest for people. */
final class PackDescription {
  private final PackManifest manifest;
  private final String digest;

  PackDescription(PackManifest manifest, String digest) {
    this.manifest = manifest;
    this.digest = digest;
  }

  void print(PrintStream out) {
    out.printf("%s %s - %s%n", manifest.name(), manifest.version(), manifest.description());
    line(out, "digest", digest);
    line(out, "licence", manifest.license());
    line(out, "determinism", manifest.determinism().name().toLowerCase(java.util.Locale.ROOT));
    line(
        out,
        "picture",
        "%d x %d, %d frames a second, blocks of %d"
            .formatted(
                manifest.picture().width(),
                manifest.picture().height(),
                manifest.clock().fps(),
                manifest.clock().framesPerBlock()));
    line(
        out,
        "delay",
        "%d ms of block and %d ms of look-ahead"
            .formatted(
                1000 * manifest.clock().framesPerBlock() / manifest.clock().fps(),
                manifest.lookAheadMillis()));
    line(out, "batch", "up to %d rows".formatted(manifest.batch().max()));
    line(out, "state", "%d bytes a session".formatted(stateBytes()));
    line(out, "identities", String.join(", ", manifest.identities().keySet()));
    out.println("stages");
    manifest.stages().forEach((stage, steps) -> out.printf("  %-12s %s%n", stage, steps(steps)));
    out.println("states");
    manifest
        .states()
        .forEach(
            (name, state) ->
                out.printf(
                    "  %-20s %-8s %s %s%n",
                    name, state.stage(), state.type().manifestName(), state.shape()));
    out.println("parameters");
    manifest
        .parameters()
        .forEach(
            (name, range) ->
                out.printf("  %-20s default %s%s%n", name, range.defaultValue(), limits(range)));
  }

  private long stateBytes() {
    return manifest.states().values().stream()
        .mapToLong(state -> Tensor.elements(state.rowShape()) * state.type().bytes())
        .sum();
  }

  private static void line(PrintStream out, String name, String value) {
    out.printf("  %-12s %s%n", name, value);
  }

  private static String steps(List<PackManifest.Step> steps) {
    return steps.stream()
        .map(
            step -> {
              if (step.sample() != null) {
                return "denoise(" + step.sample().graph() + ")";
              }
              return step.blend() != null ? "blend(" + step.blend().tensor() + ")" : step.graph();
            })
        .collect(Collectors.joining(", "));
  }

  private static String limits(PackManifest.ParameterRange range) {
    if (range.allowed() != null && !range.allowed().isEmpty()) {
      return ", one of " + String.join(", ", range.allowed());
    }
    return range.min() == null && range.max() == null
        ? ""
        : ", from %s to %s".formatted(range.min(), range.max());
  }
}
