package io.avatarflow.operators.diffusion;

/**
 * Begins a sample [T, C, h, w] near where the last one ended: {@code x_T = alpha(T) warp(previous,
 * flow) + sigma(T) noise}, each frame with its own flow from the previous clean latent.
 *
 * <p>The noising of a known picture to the start time is SDEdit (Meng et al. 2022, equation 5) in
 * variance-preserving form; the known picture is the warped past, so that what stays in view is not
 * drawn anew in every block.
 */
public final class WarpInitialiser {
  private final FlowWarp warp;
  private final int frames;
  private final int latentSize;
  private final int flowSize;

  /**
   * @param frames T
   * @param channels C
   * @param height h
   * @param width w
   */
  public WarpInitialiser(int frames, int channels, int height, int width) {
    this.warp = new FlowWarp(channels, height, width);
    this.frames = frames;
    this.latentSize = channels * height * width;
    this.flowSize = 2 * height * width;
  }

  /**
   * Turns unit noise into the first sample, in place.
   *
   * @param previous the clean latent before, [C, h, w]
   * @param flow [T, 2, h, w]
   * @param alpha signal weight at the start time
   * @param sigma noise weight at the start time
   * @param sample unit noise [T, C, h, w], replaced by x_T
   * @param scratch at least as long as {@code sample}; overwritten
   */
  public void apply(
      float[] previous, float[] flow, double alpha, double sigma, float[] sample, float[] scratch) {
    float ofWarp = (float) alpha;
    float ofNoise = (float) sigma;
    for (int frame = 0; frame < frames; frame++) {
      warp.warp(previous, flow, frame * flowSize, scratch, frame * latentSize);
    }
    for (int i = 0; i < frames * latentSize; i++) {
      sample[i] = ofWarp * scratch[i] + ofNoise * sample[i];
    }
  }
}
