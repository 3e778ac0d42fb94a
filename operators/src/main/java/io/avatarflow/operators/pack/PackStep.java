package io.avatarflow.operators.pack;

import java.util.Map;

/**
 * One step of a stage in {@code pack.yaml}; exactly one of {@code graph}, {@code sample} and {@code
 * blend} is given.
 *
 * @param graph the graph that is run, with {@code in} and {@code out}
 * @param in the graph's inputs and what each is given
 * @param out the graph's outputs and what each becomes
 * @param sample a denoising loop
 * @param blend a temporal blending
 */
public record PackStep(
    String graph, Map<String, String> in, Map<String, String> out, Sample sample, Blend blend) {
  public PackStep {
    in = Entries.of(in);
    out = Entries.of(out);
  }

  /**
   * A denoising loop over a graph.
   *
   * @param graph the denoiser
   * @param role which parameters steer it: {@code motion} or {@code denoise}
   * @param noisy the graph's input that takes the noisy sample
   * @param time the graph's input that takes the diffusion time
   * @param prediction the graph's output
   * @param predicts what it means: x0, eps or v
   * @param startTime diffusion time of the first step, in (0, 1]
   * @param in all other inputs
   * @param guidance inputs that differ in the unconditional row; null when the pack has none
   * @param warpInit where the first sample comes from besides noise; null for pure noise
   * @param out name of the clean sample
   */
  public record Sample(
      @Required String graph,
      @Required String role,
      @Required String noisy,
      @Required String time,
      @Required String prediction,
      @Required String predicts,
      @Required double startTime,
      Map<String, String> in,
      Guidance guidance,
      WarpInit warpInit,
      @Required String out) {
    public Sample {
      in = Entries.of(in);
    }
  }

  /** Inputs of the unconditional row. */
  public record Guidance(@Required Map<String, String> in) {
    public Guidance {
      in = Entries.of(in);
    }
  }

  /**
   * Warp initialisation: the previous clean latent [C, h, w] moved by flow [T, 2, h, w], in latent
   * pixels.
   */
  public record WarpInit(@Required String previous, @Required String flow) {}

  /**
   * Temporal blending of a latent.
   *
   * @param tensor the latent, [T, ...]
   * @param state the canonical state that holds the last blended frame
   * @param maxHistory weight of the past at temporal weight 1 in silence
   * @param audioSensitivity how much speech lowers it, 0..1
   */
  public record Blend(
      @Required String tensor,
      @Required String state,
      @Required double maxHistory,
      @Required double audioSensitivity) {}
}
