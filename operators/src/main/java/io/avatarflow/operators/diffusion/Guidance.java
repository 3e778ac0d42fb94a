package io.avatarflow.operators.diffusion;

/**
 * Classifier-free guidance: {@code x_0 = x_0(null) + w (x_0(cond) - x_0(null))}.
 *
 * <p>Ho and Salimans, "Classifier-Free Diffusion Guidance", 2022, equation 6, with w counted so
 * that 1 is no guidance and 0 is the unconditional answer. The formula is linear, so it holds for
 * x0, eps and v predictions alike.
 */
public final class Guidance {
  /** The scale at which the unconditional row is not needed. */
  public static final float NONE = 1;

  private Guidance() {}

  /**
   * Combines both predictions.
   *
   * @param conditional the conditional prediction, replaced by the guided one
   * @param unconditional the unconditional prediction, of the same length
   * @param scale w
   */
  public static void apply(float[] conditional, float[] unconditional, float scale) {
    for (int i = 0; i < conditional.length; i++) {
      conditional[i] = unconditional[i] + scale * (conditional[i] - unconditional[i]);
    }
  }
}
