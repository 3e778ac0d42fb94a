package io.avatarflow.operators.diffusion;

/**
 * What a denoiser predicts, and how the clean sample follows from it.
 *
 * <p>With {@code x_t = alpha x_0 + sigma eps} and {@code v = alpha eps - sigma x_0} (Salimans and
 * Ho 2022, appendix D) the three carry the same information wherever alpha and sigma are not 0.
 */
public enum Prediction {
  /** The clean sample. */
  X0("x0") {
    @Override
    public void toX0(float[] x, float[] prediction, double alpha, double sigma) {
      // The prediction is the clean sample already.
    }
  },
  /** The noise: {@code x_0 = (x_t - sigma eps) / alpha}. */
  EPS("eps") {
    @Override
    public void toX0(float[] x, float[] prediction, double alpha, double sigma) {
      combine(x, prediction, (float) (1 / alpha), (float) (-sigma / alpha));
    }
  },
  /** The velocity: {@code x_0 = alpha x_t - sigma v}. */
  V("v") {
    @Override
    public void toX0(float[] x, float[] prediction, double alpha, double sigma) {
      combine(x, prediction, (float) alpha, (float) -sigma);
    }
  };

  private final String manifestName;

  Prediction(String manifestName) {
    this.manifestName = manifestName;
  }

  /** The spelling in manifests. */
  public String manifestName() {
    return manifestName;
  }

  /**
   * Turns a prediction into the clean sample, in place.
   *
   * @param x the noisy sample, read only
   * @param prediction the denoiser's answer, replaced by the clean sample
   * @param alpha signal weight of {@code x}; greater than 0 for {@link #EPS}
   * @param sigma noise weight of {@code x}
   */
  public abstract void toX0(float[] x, float[] prediction, double alpha, double sigma);

  /** The prediction type of that name; an unknown name is an {@link IllegalArgumentException}. */
  public static Prediction of(String manifestName) {
    for (Prediction prediction : values()) {
      if (prediction.manifestName.equals(manifestName)) {
        return prediction;
      }
    }
    throw new IllegalArgumentException(
        "Prediction type \"%s\" is not known; use x0, eps or v.".formatted(manifestName));
  }

  private static void combine(float[] x, float[] prediction, float ofX, float ofPrediction) {
    for (int i = 0; i < prediction.length; i++) {
      prediction[i] = ofX * x[i] + ofPrediction * prediction[i];
    }
  }
}
