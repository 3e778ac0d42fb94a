package io.avatarflow.operators.diffusion;

/**
 * Moves a latent [C, h, w] by a flow [2, h, w]: each place of the result looks up where the flow
 * points.
 *
 * <p>Flow channel 0 is the displacement in x, channel 1 in y, in latent pixels: {@code out[c, y, x]
 * = in[c, y + fy, x + fx]}, bilinear between the four pixels around it and clamped to the border. A
 * place whose flow is not finite becomes NaN, so that whoever checks the sample sees it.
 */
public final class FlowWarp {
  private final int channels;
  private final int height;
  private final int width;

  /**
   * @param channels C
   * @param height h
   * @param width w
   */
  public FlowWarp(int channels, int height, int width) {
    this.channels = channels;
    this.height = height;
    this.width = width;
  }

  /**
   * Warps one latent.
   *
   * @param latent [C, h, w]
   * @param flow holds [2, h, w] from {@code flowAt} on
   * @param flowAt where the flow begins
   * @param out receives [C, h, w] from {@code outAt} on; another array than {@code latent}
   * @param outAt where the result begins
   */
  public void warp(float[] latent, float[] flow, int flowAt, float[] out, int outAt) {
    int plane = height * width;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int place = y * width + x;
        float sourceX = x + flow[flowAt + place];
        float sourceY = y + flow[flowAt + plane + place];
        float clampedX = clamp(sourceX, width - 1);
        float clampedY = clamp(sourceY, height - 1);
        int left = (int) clampedX;
        int top = (int) clampedY;
        int topLeft = top * width + left;
        int right = left < width - 1 ? 1 : 0;
        int below = top < height - 1 ? width : 0;
        float u = clampedX - left;
        float v = clampedY - top;
        // Infinite flow is clamped to the border above; 0 * flow makes the place NaN again.
        float poison = 0 * flow[flowAt + place] + 0 * flow[flowAt + plane + place];
        for (int c = 0; c < channels; c++) {
          int at = c * plane + topLeft;
          float upper = latent[at] + u * (latent[at + right] - latent[at]);
          float lower = latent[at + below] + u * (latent[at + below + right] - latent[at + below]);
          out[outAt + c * plane + place] = upper + v * (lower - upper) + poison;
        }
      }
    }
  }

  private static float clamp(float value, int max) {
    return value > 0 ? Math.min(value, max) : 0;
  }
}
