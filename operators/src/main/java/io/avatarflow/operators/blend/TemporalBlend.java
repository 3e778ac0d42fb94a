package io.avatarflow.operators.blend;

/**
 * A one-pole low-pass filter over the frames of a latent, weaker while someone speaks: {@code y_t =
 * (1 - h) x_t + h y_(t-1)}.
 *
 * <p>{@code h = temporalWeight * maxHistory * (1 - audioSensitivity * activity_t)}: at most
 * maxHistory, so the filter is stable, and with full sensitivity 0 in loud speech, so that lips
 * keep their speed. The first frame of all is taken as it is. Frame t depends on frames up to t
 * alone, so any cut into blocks gives the same frames.
 *
 * @param maxHistory weight of the past at temporal weight 1 in silence, 0 to below 1
 * @param audioSensitivity how much speech lowers it, 0..1
 */
record TemporalBlend(double maxHistory, double audioSensitivity) {
  TemporalBlend {
    if (!(maxHistory >= 0 && maxHistory < 1)) {
      throw new IllegalArgumentException(
          "maxHistory is %s, it has to be at least 0 and below 1".formatted(maxHistory));
    }
    if (!(audioSensitivity >= 0 && audioSensitivity <= 1)) {
      throw new IllegalArgumentException(
          "audioSensitivity is %s, it has to be 0 to 1".formatted(audioSensitivity));
    }
  }

  /** h for one frame. */
  float history(double temporalWeight, double rms) {
    return (float) (temporalWeight * maxHistory * (1 - audioSensitivity * SpeechActivity.of(rms)));
  }

  /**
   * Filters one frame in place.
   *
   * @param latent holds the frame from {@code at} on
   * @param at where the frame begins
   * @param last the frame before, as filtered; replaced by this one
   * @param history h
   */
  static void filter(float[] latent, int at, float[] last, float history) {
    if (history != 0) {
      for (int i = 0; i < last.length; i++) {
        latent[at + i] = (1 - history) * latent[at + i] + history * last[i];
      }
    }
    System.arraycopy(latent, at, last, 0, last.length);
  }
}
