package io.avatarflow.operators.pack;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Decides whether a pack may be loaded: its files are what the manifest pins, the manifest makes
 * sense, and its graphs are what the manifest says.
 *
 * <p>Nothing is executed here; {@link PackVerifier} also runs the graphs.
 */
public final class PackValidator {
  /** The contract between packs and engine that this build reads. */
  public static final int CONTRACT = 1;

  /** Most bytes of canonical state of a session. */
  public static final long MAX_STATE_BYTES = 4L << 20;

  private PackValidator() {}

  /**
   * Refuses a pack that has problems.
   *
   * @throws PackException naming all of them
   */
  public static void check(PackContents contents) {
    List<String> problems = problems(contents);
    if (!problems.isEmpty()) {
      throw PackException.of(problems);
    }
  }

  /** Every problem of a pack, a sentence each; empty when it may be loaded. */
  public static List<String> problems(PackContents contents) {
    PackManifest manifest = contents.manifest();
    if (manifest.contract() != CONTRACT) {
      return List.of(
          "Pack \"%s\" is written for contract %d, this engine reads %d; use a pack or an engine of the other version."
              .formatted(manifest.name(), manifest.contract(), CONTRACT));
    }
    List<String> problems = new ArrayList<>(contents.problems());
    if (!problems.isEmpty()) {
      return problems;
    }
    Map<String, OnnxModel> models = new LinkedHashMap<>();
    Problems collected = new Problems(manifest.name(), problems);
    manifest
        .graphs()
        .forEach(
            (name, graph) -> {
              try {
                models.put(name, OnnxModelReader.read(contents.read(graph.file())));
              } catch (IOException e) {
                collected.add(
                    "graph %s is not a readable ONNX file (%s); export it again.",
                    graph.file(), e.getMessage());
              } catch (PackException e) {
                problems.addAll(e.problems());
              }
            });
    ManifestRules.check(contents, collected);
    models.forEach(
        (name, model) -> GraphRules.check(name, manifest.graphs().get(name), model, collected));
    if (problems.isEmpty()) {
      AlignerRules.check(manifest, collected);
      ProgramRules.check(manifest, collected);
    }
    return problems;
  }
}
