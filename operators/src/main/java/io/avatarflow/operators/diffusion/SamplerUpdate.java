package io.avatarflow.operators.diffusion;

/**
 * One step of a sampler as the linear combination that it is: {@code x_s = a x_t + b x_0 + c x_0' +
 * d noise}.
 *
 * @param ofSample a, the weight of the noisy sample
 * @param ofX0 b, the weight of the predicted clean sample
 * @param ofPreviousX0 c, the weight of the clean sample predicted one step before; 0 for
 *     single-step methods
 * @param ofNoise d, the weight of fresh unit noise; 0 for deterministic methods
 */
public record SamplerUpdate(float ofSample, float ofX0, float ofPreviousX0, float ofNoise) {
  /** The last step of every sampler: the clean sample as predicted. */
  static final SamplerUpdate TAKE_X0 = new SamplerUpdate(0, 1, 0, 0);

  static SamplerUpdate of(double ofSample, double ofX0, double ofPreviousX0, double ofNoise) {
    return new SamplerUpdate((float) ofSample, (float) ofX0, (float) ofPreviousX0, (float) ofNoise);
  }

  /** True when {@link #apply} reads noise. */
  public boolean takesNoise() {
    return ofNoise != 0;
  }

  /**
   * Replaces the noisy sample by that of the next time. All arrays have the sample's length.
   *
   * @param sample x_t, replaced by x_s
   * @param x0 the clean sample predicted from x_t
   * @param previousX0 the clean sample predicted one step before; not read when its weight is 0
   * @param noise unit normal noise; not read when its weight is 0
   */
  public void apply(float[] sample, float[] x0, float[] previousX0, float[] noise) {
    if (equals(TAKE_X0)) {
      System.arraycopy(x0, 0, sample, 0, sample.length);
      return;
    }
    for (int i = 0; i < sample.length; i++) {
      sample[i] = ofSample * sample[i] + ofX0 * x0[i];
    }
    if (ofPreviousX0 != 0) {
      accumulate(sample, ofPreviousX0, previousX0);
    }
    if (ofNoise != 0) {
      accumulate(sample, ofNoise, noise);
    }
  }

  private static void accumulate(float[] sample, float weight, float[] addend) {
    for (int i = 0; i < sample.length; i++) {
      sample[i] += weight * addend[i];
    }
  }
}
