package io.avatarflow.operators.diffusion;

/**
 * How much signal and how much noise a sample holds at diffusion time t: {@code x_t = alpha(t) x_0
 * + sigma(t) noise}.
 *
 * <p>Time runs continuously from 0 (clean) to 1 (noise). Every schedule preserves variance: {@code
 * alpha(t)^2 + sigma(t)^2 = 1}, and alpha falls strictly.
 */
public enum NoiseSchedule {
  /**
   * {@code alpha = cos(pi t / 2)}: Salimans and Ho, "Progressive Distillation for Fast Sampling of
   * Diffusion Models", 2022, section 2; the schedule of Nichol and Dhariwal 2021, equation 17,
   * without its offset.
   */
  COSINE("cosine") {
    @Override
    public double alpha(double t) {
      return Math.max(0, StrictMath.cos(0.5 * Math.PI * checked(t)));
    }

    @Override
    public double sigma(double t) {
      return StrictMath.sin(0.5 * Math.PI * checked(t));
    }
  },
  /**
   * Variance of the noise increments linear in t, from 0.1 to 20: Song et al., "Score-Based
   * Generative Modeling through Stochastic Differential Equations", 2021, equation 33, the limit of
   * the 1000 steps of Ho et al., "Denoising Diffusion Probabilistic Models", 2020, section 4.
   */
  LINEAR("linear") {
    @Override
    public double alpha(double t) {
      return StrictMath.exp(logAlpha(checked(t)));
    }

    @Override
    public double sigma(double t) {
      return Math.sqrt(-StrictMath.expm1(2 * logAlpha(checked(t))));
    }

    private static double logAlpha(double t) {
      return -0.25 * t * t * (BETA_MAX - BETA_MIN) - 0.5 * t * BETA_MIN;
    }
  };

  private static final double BETA_MIN = 0.1;
  private static final double BETA_MAX = 20;

  private final String manifestName;

  NoiseSchedule(String manifestName) {
    this.manifestName = manifestName;
  }

  /** The spelling in manifests and session parameters. */
  public String manifestName() {
    return manifestName;
  }

  /** Weight of the signal at time t in [0, 1]. */
  public abstract double alpha(double t);

  /** Weight of unit noise at time t in [0, 1]. */
  public abstract double sigma(double t);

  /** The schedule of that name; an unknown name is an {@link IllegalArgumentException}. */
  public static NoiseSchedule of(String manifestName) {
    for (NoiseSchedule schedule : values()) {
      if (schedule.manifestName.equals(manifestName)) {
        return schedule;
      }
    }
    throw new IllegalArgumentException(
        "Noise schedule \"%s\" is not known; use cosine or linear.".formatted(manifestName));
  }

  private static double checked(double t) {
    if (!(t >= 0 && t <= 1)) {
      throw new IllegalArgumentException(
          "Diffusion time %s is outside [0, 1]; time runs from 0 (clean) to 1 (noise)."
              .formatted(t));
    }
    return t;
  }
}
