package io.avatarflow.operators.blend;

/**
 * How much someone speaks in a video frame, from its loudness alone: 0 in silence, 1 in speech,
 * smooth between.
 *
 * <p>With L = 20 log10(RMS) in dB below full scale and u = (L + 55) / 25 cut to [0, 1], activity is
 * {@code u^2 (3 - 2 u)}: 0 up to -55 dB, one half at -42.5 dB, 1 from -30 dB on, without a corner
 * at either end, so that blending never switches. Room noise of a headset lies below -55 dB; speech
 * lies around -25 dB.
 */
final class SpeechActivity {
  private static final double SILENCE_DECIBEL = -55;
  private static final double SPEECH_DECIBEL = -30;

  private SpeechActivity() {}

  /** The activity of a frame whose samples in [-1, 1] have this root mean square. */
  static double of(double rms) {
    if (!(rms > 0)) {
      return 0;
    }
    double decibel = 20 * StrictMath.log10(rms);
    double u = (decibel - SILENCE_DECIBEL) / (SPEECH_DECIBEL - SILENCE_DECIBEL);
    double cut = Math.max(0, Math.min(1, u));
    return cut * cut * (3 - 2 * cut);
  }
}
