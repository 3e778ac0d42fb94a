package io.avatarflow.operators.audio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AbsoluteResamplerTest {
  private static float[] tone(int rate, double hz, int samples) {
    float[] tone = new float[samples];
    for (int n = 0; n < samples; n++) {
      tone[n] = (float) (0.5 * Math.sin(2 * Math.PI * hz * n / rate));
    }
    return tone;
  }

  private static float[] noise(long seed, int samples) {
    Random random = new Random(seed);
    float[] noise = new float[samples];
    for (int n = 0; n < samples; n++) {
      noise[n] = random.nextFloat() * 2 - 1;
    }
    return noise;
  }

  /** The middle of a second of sound, away from its hard edges, in dB relative to the tone. */
  private static double errorDecibels(int from, int to, double hz, double expectedAmplitude) {
    float[] out =
        new AbsoluteResampler(from, to).resample(AudioSpan.of(tone(from, hz, from)), 0, to);
    double error = 0;
    double signal = 0;
    for (int n = to / 4; n < to * 3 / 4; n++) {
      double expected = expectedAmplitude * Math.sin(2 * Math.PI * hz * n / to);
      error += Math.pow(out[n] - expected, 2);
      signal += Math.pow(0.5 * Math.sin(2 * Math.PI * hz * n / to), 2);
    }
    return 10 * Math.log10(error / signal);
  }

  @ParameterizedTest
  @CsvSource({
    "8000,16000,3200",
    "8000,48000,440",
    "11025,16000,4500",
    "16000,48000,1000",
    "16000,48000,6700",
    "22050,16000,6500",
    "44100,16000,3000",
    "44100,16000,6700",
    "44100,48000,18000",
    "48000,16000,6700",
    "8001,16000,3000",
    "47999,48000,15000"
  })
  void aToneOfThePassBandKeepsItsShape(int from, int to, double hz) {
    assertThat(errorDecibels(from, to, hz, 0.5)).isLessThan(-70);
  }

  @ParameterizedTest
  @CsvSource({
    "48000,16000,8100",
    "48000,16000,13000",
    "44100,16000,8200",
    "44100,16000,20000",
    "22050,16000,9500",
    "32000,16000,15000",
    "48000,8000,4100",
    "48000,47000,23900"
  })
  void aToneThatTheOutputCannotHoldLeavesNoAlias(int from, int to, double hz) {
    assertThat(errorDecibels(from, to, hz, 0)).isLessThan(-60);
  }

  @ParameterizedTest
  @CsvSource({"8000,16000,7900", "16000,48000,9000", "11025,48000,15000"})
  void aRaisedRateShowsNoImages(int from, int to, double imageHz) {
    double hz = imageHz < from ? from - imageHz : imageHz - from;
    float[] out =
        new AbsoluteResampler(from, to).resample(AudioSpan.of(tone(from, hz, from)), 0, to);
    double re = 0;
    double im = 0;
    for (int n = 0; n < to / 2; n++) {
      double window = 0.5 - 0.5 * Math.cos(2 * Math.PI * n / (to / 2.0));
      re += window * out[n + to / 4] * Math.cos(2 * Math.PI * imageHz * n / to);
      im += window * out[n + to / 4] * Math.sin(2 * Math.PI * imageHz * n / to);
    }
    double amplitude = Math.hypot(re, im) / (to / 8.0);
    assertThat(20 * Math.log10(amplitude / 0.5)).isLessThan(-60);
  }

  @Property(tries = 60)
  void theBytesAreTheSameHoweverTheStreamIsCut(
      @ForAll @IntRange(min = 8000, max = 48000) int from,
      @ForAll boolean playback,
      @ForAll long seed) {
    cutAnyhow(from, playback ? 48000 : 16000, seed);
  }

  @Property(tries = 60)
  void theBytesOfRatesThatShareFewPhasesAreTheSameHoweverTheStreamIsCut(
      @ForAll @IntRange(min = 1, max = 6) int eights, @ForAll boolean playback, @ForAll long seed) {
    cutAnyhow(8000 * eights, playback ? 48000 : 16000, seed);
  }

  private static void cutAnyhow(int from, int to, long seed) {
    float[] signal = noise(seed, from / 20);
    AbsoluteResampler resampler = new AbsoluteResampler(from, to);
    int length = (int) resampler.outputLength(signal.length);
    float[] whole = resampler.resample(AudioSpan.of(signal), 0, length);
    Random random = new Random(seed);
    float[] pieces = new float[length];
    for (int at = 0; at < length; ) {
      int count = Math.min(1 + random.nextInt(300), length - at);
      int first = (int) Math.max(0, resampler.firstInput(at));
      int end = (int) Math.min(signal.length, resampler.endInput(at + count));
      AudioSpan needed = new AudioSpan(signal, first, end - first, first);
      System.arraycopy(resampler.resample(needed, at, count), 0, pieces, at, count);
      at += count;
    }
    assertThat(pieces).isEqualTo(whole);
  }

  @Property(tries = 20)
  void equalRatesPassThrough(@ForAll long seed) {
    float[] signal = noise(seed, 500);
    AbsoluteResampler same = new AbsoluteResampler(16000, 16000);
    assertThat(same.resample(AudioSpan.of(signal), 0, 500)).isEqualTo(signal);
    assertThat(same.firstInput(7)).isEqualTo(7);
    assertThat(same.endInput(8)).isEqualTo(8);
  }

  @ParameterizedTest
  @CsvSource({"16000,48000", "44100,16000", "16000,16000", "8001,48000"})
  void fourHoursLaterTheSameSamplesStandAtTheSamePlaces(int from, int to) {
    AbsoluteResampler resampler = new AbsoluteResampler(from, to);
    float[] signal = noise(3, 2000);
    long later = 4L * 3600;
    AudioSpan shifted = new AudioSpan(signal, 0, signal.length, later * from);
    assertThat(resampler.resample(shifted, later * to, 1000))
        .isEqualTo(resampler.resample(AudioSpan.of(signal), 0, 1000));
  }

  @ParameterizedTest
  @CsvSource({"16000,1,3", "44100,441,480", "44100,442,482", "48000,0,0", "8000,1,6"})
  void lengthIsRoundedUp(int from, long input, long output) {
    assertThat(new AbsoluteResampler(from, 48000).outputLength(input)).isEqualTo(output);
  }

  @ParameterizedTest
  @CsvSource({"0,16000", "-1,16000", "16000,48001"})
  void ratesOutOfRangeAreRefused(int from, int to) {
    assertThatThrownBy(() -> new AbsoluteResampler(from, to))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 to 48000 Hz");
  }
}
