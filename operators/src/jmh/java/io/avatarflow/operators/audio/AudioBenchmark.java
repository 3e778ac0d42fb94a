package io.avatarflow.operators.audio;

import io.avatarflow.operators.pack.PackManifest;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What the sound of one block of 80 ms costs: resampling from 48 kHz, and log-mel features. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class AudioBenchmark {
  private static final int BLOCK = 1280;
  private static final int HOPS = 16;

  private final AbsoluteResampler resampler = new AbsoluteResampler(48_000, 16_000);
  private final LogMel logMel =
      new LogMel(new PackManifest.LogMel(400, 160, 512, 40, 60, 7600, 1e-6, 6, 0.2), 16_000);
  private final float[] features = noise(logMel.lead() + HOPS * 160);
  private final AudioSpan input = input();

  @Benchmark
  public float[] resampleBlock() {
    return resampler.resample(input, BLOCK, BLOCK);
  }

  @Benchmark
  public float[] logMelBlock() {
    return logMel.compute(features, HOPS);
  }

  private AudioSpan input() {
    long first = resampler.firstInput(BLOCK);
    int count = (int) (resampler.endInput(2 * BLOCK) - first);
    return new AudioSpan(noise(count), 0, count, first);
  }

  private static float[] noise(int count) {
    Random random = new Random(7);
    float[] samples = new float[count];
    for (int i = 0; i < count; i++) {
      samples[i] = random.nextFloat() - 0.5f;
    }
    return samples;
  }
}
