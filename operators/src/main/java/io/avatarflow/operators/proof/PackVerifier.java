package io.avatarflow.operators.proof;

import io.avatarflow.operators.pack.Ladder;
import io.avatarflow.operators.pack.ModelPack;
import io.avatarflow.operators.pack.OnnxOptions;
import io.avatarflow.operators.pack.PackContents;
import io.avatarflow.operators.pack.PackException;
import io.avatarflow.operators.pack.PackManifest;
import io.avatarflow.operators.pack.PackSource;
import io.avatarflow.operators.pack.PackValidator;
import io.avatarflow.operators.proof.VerificationReport.Check;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Checks everything about a pack that can be checked: manifest, files and digests, the rules of the
 * contract, that a row's bits do not depend on its neighbours, its proof vectors, and on request
 * that every graph matters.
 */
public final class PackVerifier {
  private final List<Check> checks = new ArrayList<>();
  private final List<String> notices = new ArrayList<>();
  private final Consumer<Check> progress;

  private PackVerifier(Consumer<Check> progress) {
    this.progress = progress;
  }

  /** One check: answers the figure it found or throws what is wrong. */
  private interface Claim {
    String check() throws IOException;
  }

  /**
   * Verifies a pack.
   *
   * @param source the pack; closed afterwards
   * @param ablate whether to look for graphs that do nothing, see {@link Ablation}
   * @param progress told of each check when it is done
   */
  public static VerificationReport verify(
      PackSource source, boolean ablate, Consumer<Check> progress) {
    return new PackVerifier(progress).run(source, ablate);
  }

  private VerificationReport run(PackSource source, boolean ablate) {
    String location = source.location();
    PackContents[] opened = new PackContents[1];
    boolean read =
        check(
            "manifest",
            () -> {
              opened[0] = PackContents.open(source);
              return "contract %d".formatted(opened[0].manifest().contract());
            });
    if (!read) {
      source.close();
      return new VerificationReport(location, "", checks, notices);
    }
    PackContents contents = opened[0];
    PackManifest manifest = contents.manifest();
    boolean loadable =
        all(
                "files",
                contents.problems(),
                "%d files, %s".formatted(manifest.files().size(), "digests as pinned"))
            && all(
                "rules",
                PackValidator.problems(contents),
                "%d graphs".formatted(manifest.graphs().size()));
    if (loadable) {
      try (ModelPack pack = ModelPack.load(source, OnnxOptions.DEFAULT)) {
        behaviour(pack, ablate);
      } catch (PackException e) {
        add(new Check("load", false, e.getMessage(), 0));
      }
    }
    source.close();
    return new VerificationReport(manifest.name(), contents.digest(), checks, notices);
  }

  private void behaviour(ModelPack pack, boolean ablate) {
    for (String graph : pack.manifest().graphs().keySet()) {
      check("batch " + graph, () -> BatchIndependence.check(pack, graph));
    }
    Optional<ProofVectors> proof = proof(pack);
    if (proof.isEmpty()) {
      return;
    }
    byte[] pcm = pack.bytes(audio(pack.manifest()));
    for (ProofVectors.Vector vector : proof.get().vectors()) {
      check("proof " + vector.name(), () -> compare(pack, proof.get(), vector, pcm));
    }
    if (!proof.get().vectors().isEmpty()) {
      check("restore", () -> restore(pack, proof.get().vectors().get(0), pcm));
    }
    if (ablate && !proof.get().vectors().isEmpty()) {
      Ablation ablation = new Ablation(pack, proof.get().vectors().get(0), pcm);
      for (String graph : pack.manifest().graphs().keySet()) {
        check("ablate " + graph, () -> ablation.check(graph, notices::add));
      }
    }
  }

  private Optional<ProofVectors> proof(ModelPack pack) {
    ProofVectors[] vectors = new ProofVectors[1];
    check(
        "proof file",
        () -> {
          PackManifest manifest = pack.manifest();
          if (manifest.proof() == null) {
            throw new PackException(
                "Pack \"%s\" has no proof vectors; name a proof file and run `avatarflow pack seal`."
                    .formatted(manifest.name()));
          }
          ProofVectors found =
              ProofVectors.read(manifest.proof().file(), pack.bytes(manifest.proof().file()));
          for (PackManifest.Rung rung : manifest.ladder()) {
            if (rung.mode() == Ladder.Mode.MAKE
                && found.vectors().stream()
                    .noneMatch(vector -> vector.name().equals(rung.name()))) {
              throw new PackException(
                  "Pack \"%s\": rung \"%s\" has no proof vector; run `avatarflow pack seal`."
                      .formatted(manifest.name(), rung.name()));
            }
          }
          vectors[0] = found;
          return "%d vectors of %s".formatted(found.vectors().size(), found.machine());
        });
    return Optional.ofNullable(vectors[0]);
  }

  private String compare(ModelPack pack, ProofVectors proof, ProofVectors.Vector vector, byte[] pcm)
      throws IOException {
    ProofRun run = ProofRun.of(pack, pack::runner, vector, pcm, false);
    if (run.stages().equals(vector.stages())) {
      return "bit for bit, %d pictures".formatted(run.pictures().size());
    }
    String stage =
        vector.stages().keySet().stream()
            .filter(name -> !vector.stages().get(name).equals(run.stages().get(name)))
            .findFirst()
            .orElse("list of stages");
    boolean sameKind = proof.machine().equals(MachineKind.here());
    if (pack.manifest().determinism() == PackManifest.Determinism.BIT && sameKind) {
      throw new PackException(
          "Pack \"%s\": proof %s: stage %s gives other bits than pinned, on the same kind of machine (%s); a graph or the engine was changed, seal the pack if that was meant."
              .formatted(pack.manifest().name(), vector.name(), stage, proof.machine()));
    }
    String within =
        Tolerances.check(
            pack.manifest(),
            proof.tolerance(),
            run.last(),
            ProofWriter.read(pack.bytes(vector.expected())));
    if (!sameKind) {
      notices.add(
          "Proof %s was made on another kind of machine (%s, this is %s): bits differ from stage %s on, so the tolerance was checked."
              .formatted(vector.name(), proof.machine(), MachineKind.here(), stage));
    }
    return within;
  }

  /**
   * A session that is restored halfway, its derived state rebuilt, goes on bit for bit on every
   * kind of machine.
   */
  private static String restore(ModelPack pack, ProofVectors.Vector vector, byte[] pcm) {
    ProofRun through = ProofRun.of(pack, pack::runner, vector, pcm, false);
    ProofRun restored = ProofRun.of(pack, pack::runner, vector, pcm, true);
    if (!through.stages().equals(restored.stages())) {
      throw new PackException(
          "Pack \"%s\": a session that is restored halfway gives other bits than one that is not; a graph keeps state outside of states or is not deterministic."
              .formatted(pack.manifest().name()));
    }
    return "bit for bit, restored before block %d"
        .formatted(through.pictures().size() / pack.manifest().clock().framesPerBlock() / 2);
  }

  private static String audio(PackManifest manifest) {
    return Path.of(manifest.proof().file()).resolveSibling(ProofVectors.AUDIO).toString();
  }

  private boolean all(String name, List<String> problems, String detail) {
    problems.forEach(problem -> add(new Check(name, false, problem, 0)));
    return problems.isEmpty() && add(new Check(name, true, detail, 0));
  }

  private boolean check(String name, Claim claim) {
    long start = System.nanoTime();
    try {
      String detail = claim.check();
      return add(new Check(name, true, detail, millisSince(start)));
    } catch (IOException | IllegalStateException | IllegalArgumentException | PackException e) {
      return add(new Check(name, false, e.getMessage(), millisSince(start)));
    }
  }

  private static long millisSince(long start) {
    return (System.nanoTime() - start) / 1_000_000;
  }

  private boolean add(Check check) {
    checks.add(check);
    progress.accept(check);
    return check.ok();
  }
}
