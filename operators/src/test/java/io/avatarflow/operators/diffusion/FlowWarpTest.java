package io.avatarflow.operators.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.FloatRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class FlowWarpTest {
  private static final int C = 3;
  private static final int H = 5;
  private static final int W = 7;

  @Test
  void noFlowIsTheIdentity() {
    assertThat(warp(latent(), 0, 0)).isEqualTo(latent());
  }

  @Property
  void wholePixelsShiftWithTheBorderRepeated(
      @ForAll @IntRange(min = -9, max = 9) int dx, @ForAll @IntRange(min = -9, max = 9) int dy) {
    float[] in = latent();
    float[] out = warp(in, dx, dy);

    for (int c = 0; c < C; c++) {
      for (int y = 0; y < H; y++) {
        for (int x = 0; x < W; x++) {
          int sourceY = Math.max(0, Math.min(H - 1, y + dy));
          int sourceX = Math.max(0, Math.min(W - 1, x + dx));
          assertThat(out[at(c, y, x)]).isEqualTo(in[at(c, sourceY, sourceX)]);
        }
      }
    }
  }

  @Property
  void bilinearIsExactOnAPlaneInsideThePicture(
      @ForAll @FloatRange(min = -0.99f, max = 0.99f) float dx,
      @ForAll @FloatRange(min = -0.99f, max = 0.99f) float dy) {
    float[] plane = new float[C * H * W];
    for (int c = 0; c < C; c++) {
      for (int y = 0; y < H; y++) {
        for (int x = 0; x < W; x++) {
          plane[at(c, y, x)] = c + 2 * x - 3 * y;
        }
      }
    }

    float[] out = warp(plane, dx, dy);

    for (int y = 1; y < H - 1; y++) {
      for (int x = 1; x < W - 1; x++) {
        assertThat(out[at(1, y, x)]).isCloseTo(1 + 2 * (x + dx) - 3 * (y + dy), within(1e-4f));
      }
    }
  }

  @Property
  void neverLeavesTheRangeOfTheLatent(
      @ForAll @FloatRange(min = -1e9f, max = 1e9f) float dx,
      @ForAll @FloatRange(min = -1e9f, max = 1e9f) float dy) {
    for (float value : warp(latent(), dx, dy)) {
      assertThat(value).isBetween(-1.0001f, 1.0001f);
    }
  }

  @Test
  void flowThatIsNotFiniteShowsInTheResult() {
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      assertThat(warp(latent(), bad, 0)[0]).isNaN();
      assertThat(warp(latent(), 0, bad)[0]).isNaN();
    }
  }

  @Test
  void initialisationMixesTheWarpedPastWithNoise() {
    WarpInitialiser initialiser = new WarpInitialiser(2, 1, 1, 3);
    float[] previous = {1, 2, 3};
    float[] flow = {0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0};
    float[] sample = {1, 1, 1, -1, -1, -1};

    initialiser.apply(previous, flow, 0.5, 0.25, sample, new float[6]);

    assertThat(sample).containsExactly(0.75f, 1.25f, 1.75f, 0.75f, 1.25f, 1.25f);
  }

  private static float[] warp(float[] latent, float dx, float dy) {
    float[] flow = new float[1 + 2 * H * W];
    Arrays.fill(flow, 1, 1 + H * W, dx);
    Arrays.fill(flow, 1 + H * W, flow.length, dy);
    float[] out = new float[latent.length];
    new FlowWarp(C, H, W).warp(latent, flow, 1, out, 0);
    return out;
  }

  private static float[] latent() {
    float[] values = new float[C * H * W];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.sin(i * 1.7);
    }
    return values;
  }

  private static int at(int c, int y, int x) {
    return (c * H + y) * W + x;
  }
}
