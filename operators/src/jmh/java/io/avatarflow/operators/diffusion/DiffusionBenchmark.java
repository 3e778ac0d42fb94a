package io.avatarflow.operators.diffusion;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** The engine's own part of a denoising step on a latent of [2, 20, 16, 16]. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class DiffusionBenchmark {
  private static final int CHANNELS = 20;
  private static final int SIDE = 16;
  private static final int LATENT = CHANNELS * SIDE * SIDE;

  /** The sampler of the step. */
  @Param({"ddim", "dpmpp-2m"})
  public String sampler;

  private final BlockNoise noise = BlockNoise.of("0".repeat(64), 7);
  private final NoiseStream stream = NoiseStream.named("denoise", "x_t");
  private final TimeGrid grid = new TimeGrid(NoiseSchedule.of("cosine"), 0.98, 4);
  private final FlowWarp warp = new FlowWarp(CHANNELS, SIDE, SIDE);
  private final float[] sample = new float[2 * LATENT];
  private final float[] x0 = new float[2 * LATENT];
  private final float[] previous = new float[2 * LATENT];
  private final float[] drawn = new float[2 * LATENT];
  private final float[] flow = new float[2 * SIDE * SIDE];
  private long block;

  @Benchmark
  public float[] drawNoise() {
    noise.normal(stream, block++, 0, 0, drawn);
    return drawn;
  }

  @Benchmark
  public float[] samplerStep() {
    Samplers.of(sampler).between(grid, 1).apply(sample, x0, previous, drawn);
    return sample;
  }

  @Benchmark
  public float[] warpLatent() {
    warp.warp(previous, flow, 0, x0, 0);
    return x0;
  }
}
