package io.avatarflow.operators.pack;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.avatarflow.operators.pack.PackManifest.Graph;
import io.avatarflow.operators.pack.PackManifest.Rung;
import io.avatarflow.operators.pack.PackManifest.TensorSpec;
import io.avatarflow.operators.stage.BlockParameters;
import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.operators.tensor.Tensor;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the rungs of a pack's ladder mean for a block: which parameters it is made with, and which
 * stages run at all.
 *
 * <p>Everything follows from the block alone, its index, rung, flags and parameters, so a block
 * that is made again with the same decision is the same. Rung 0 is what the session asks for; the
 * rungs behind it cap steps and guidance and never raise them. Below them lie {@code hold}, which
 * repeats the last picture while the motion goes on, and {@code idle}, in which no graph runs.
 *
 * <p>Immutable.
 */
public final class Ladder {
  /** What is made of a block. */
  public enum Mode {
    /** New pictures. */
    MAKE,
    /** The last picture again; the motion stage runs, denoising and rendering do not. */
    HOLD,
    /** The last picture again; no graph runs. */
    IDLE;

    @JsonValue
    String manifestName() {
      return ManifestWord.of(this);
    }

    @JsonCreator
    static Mode of(String word) {
      return ManifestWord.read(Mode.class, word);
    }
  }

  /** Full quality alone. */
  public static final Ladder FULL = new Ladder(List.of(), true);

  private static final String RENDER = "render";

  private final List<Rung> rungs;
  private final boolean canHold;
  private final int lastMaking;

  /** The ladder that a manifest declares; without one there is full quality alone. */
  public Ladder(PackManifest manifest) {
    this(manifest.ladder(), canHold(manifest));
  }

  private Ladder(List<Rung> rungs, boolean canHold) {
    this.rungs = rungs;
    this.canHold = canHold;
    int making = 0;
    for (int i = 0; i < rungs.size(); i++) {
      making = rungs.get(i).mode() == Mode.MAKE ? i : making;
    }
    this.lastMaking = making;
  }

  /**
   * True for a pack whose last picture can be made again from what its render stage was given: the
   * stage has no state of its own, draws no samples, and what it reads fits into a session's state.
   */
  static boolean canHold(PackManifest manifest) {
    return manifest.states().values().stream().noneMatch(s -> s.stage().equals(RENDER))
        && renderSteps(manifest).stream().allMatch(step -> step.graph() != null)
        && heldBytes(manifest) + manifest.canonicalStateBytes() <= PackValidator.MAX_STATE_BYTES;
  }

  /**
   * Bytes that a session keeps besides its declared states, so that its last picture can be made
   * again: what the render stage reads of a block.
   */
  public static long heldBytes(PackManifest manifest) {
    Map<String, Long> bytes = new HashMap<>();
    Set<String> made = new HashSet<>();
    for (PackStep step : renderSteps(manifest)) {
      Graph graph = manifest.graphs().get(step.graph());
      if (graph == null) {
        continue;
      }
      step.in()
          .forEach(
              (input, reference) -> {
                TensorSpec spec = graph.inputs().get(input);
                if (spec != null
                    && !reference.startsWith("derived.")
                    && !made.contains(reference)) {
                  bytes.put(
                      reference, Tensor.elements(spec.rowShape()) * (long) spec.type().bytes());
                }
              });
      made.addAll(step.out().values());
    }
    return bytes.values().stream().mapToLong(Long::longValue).sum();
  }

  private static List<PackStep> renderSteps(PackManifest manifest) {
    return manifest.stages().getOrDefault(RENDER, List.of());
  }

  /** True when blocks of the pack may repeat the last picture. */
  public boolean canHold() {
    return canHold;
  }

  /** How many rungs there are, at least one. */
  public int size() {
    return Math.max(1, rungs.size());
  }

  /** True for a rung that makes no pictures. */
  public boolean repeats(int rung) {
    return !rungs.isEmpty() && rungs.get(clip(rung)).mode() != Mode.MAKE;
  }

  /** The rung in which no graph runs; -1 where the pack has none. */
  public int resting() {
    for (int rung = 0; canHold && rung < rungs.size(); rung++) {
      if (rungs.get(rung).mode() == Mode.IDLE) {
        return rung;
      }
    }
    return -1;
  }

  /** Name of a rung, for people; a rung below the last counts as the last. */
  public String name(int rung) {
    return rungs.isEmpty() ? "full" : rungs.get(clip(rung)).name();
  }

  /**
   * What is made of a block. The first block of a session has no picture before it, so it is made
   * at the lowest rung that makes one.
   */
  public Mode mode(MediaBlock block) {
    if (!canHold || block.index() == 0) {
      return Mode.MAKE;
    }
    if (block.flags().idle() && !block.parameters().idlePolicy().equals("ANIMATE")) {
      return Mode.IDLE;
    }
    return rungs.isEmpty() ? Mode.MAKE : rungs.get(clip(block.rung())).mode();
  }

  /** True when a stage of the pack has nothing to do for a block. */
  public boolean skips(String stage, MediaBlock block) {
    return switch (stage) {
      case "motion" -> mode(block) == Mode.IDLE;
      case "denoise", "blend" -> mode(block) != Mode.MAKE;
      default -> false;
    };
  }

  /** The parameters that a block is made with: those in force, capped by its rung. */
  public BlockParameters parameters(MediaBlock block) {
    int rung = Math.min(clip(block.rung()), mode(block) == Mode.MAKE ? lastMaking : rungs.size());
    return rung == 0 ? block.parameters() : capped(block.parameters(), rungs.get(rung));
  }

  /** True when a block that is spoken is made with less than its session asked for. */
  public boolean degrades(MediaBlock block) {
    return block.rung() > 0
        && !block.flags().idle()
        && (mode(block) != Mode.MAKE || !parameters(block).equals(block.parameters()));
  }

  private int clip(int rung) {
    return Math.max(0, Math.min(rung, rungs.size() - 1));
  }

  private static BlockParameters capped(BlockParameters asked, Rung rung) {
    return new BlockParameters(
        rung.steps() == null ? asked.steps() : Math.min(asked.steps(), rung.steps()),
        asked.sampler(),
        rung.motionSteps() == null
            ? asked.motionSteps()
            : Math.min(asked.motionSteps(), rung.motionSteps()),
        asked.motionSampler(),
        asked.schedule(),
        rung.guidance() == null
            ? asked.guidance()
            : Math.min(asked.guidance(), rung.guidance().floatValue()),
        asked.identityStrength(),
        asked.temporalWeight(),
        asked.smoothing(),
        asked.valence(),
        asked.arousal(),
        asked.idlePolicy(),
        asked.videoBitrate(),
        asked.override());
  }
}
