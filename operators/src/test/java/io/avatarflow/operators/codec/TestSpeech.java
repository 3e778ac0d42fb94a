package io.avatarflow.operators.codec;

/** Sound made by formula: harmonics of a gliding pitch under a syllable rhythm. */
final class TestSpeech {
  private TestSpeech() {}

  static short[] samples(int rate, int count) {
    short[] samples = new short[count];
    double phase = 0;
    for (int i = 0; i < count; i++) {
      double t = (double) i / rate;
      phase += 2 * Math.PI * (140 + 40 * Math.sin(2 * Math.PI * 0.7 * t)) / rate;
      double syllable = 0.55 + 0.45 * Math.sin(2 * Math.PI * 3.3 * t);
      double sum = 0;
      for (int h = 1; h <= 12; h++) {
        sum += Math.sin(h * phase) / h;
      }
      samples[i] = (short) (6000 * syllable * sum);
    }
    return samples;
  }
}
