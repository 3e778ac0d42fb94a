package io.avatarflow.operators.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.avatarflow.operators.codec.RgbPicture;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SimilarityTest {
  private static final Similarity TURNED = new Similarity(0.8, 0.6, 12, -3);

  @Test
  void fitFindsTheTransformThatPointsWereMovedBy() {
    double[] from = {10, 20, 60, 22, 35, 50, 18, 71, 52, 70};
    double[] to = new double[from.length];
    for (int i = 0; i < from.length; i += 2) {
      to[i] = TURNED.x(from[i], from[i + 1]);
      to[i + 1] = TURNED.y(from[i], from[i + 1]);
    }
    Similarity found = Similarity.fit(from, to);
    assertThat(found.a()).isCloseTo(TURNED.a(), within(1e-9));
    assertThat(found.b()).isCloseTo(TURNED.b(), within(1e-9));
    assertThat(found.dx()).isCloseTo(TURNED.dx(), within(1e-9));
    assertThat(found.dy()).isCloseTo(TURNED.dy(), within(1e-9));
  }

  @Test
  void theIdentityKeepsEveryPixel() {
    RgbPicture picture = noise(23, 31);
    assertThat(new Similarity(1, 0, 0, 0).crop(picture, 23, 31).rgb()).isEqualTo(picture.rgb());
  }

  @Test
  void aQuarterTurnMovesPixelsToTheirPlaces() {
    RgbPicture picture = noise(20, 20);
    // Crop (u, v) shows picture (20 - v, u).
    RgbPicture turned = new Similarity(0, 1, 20, 0).crop(picture, 20, 20);
    for (int v = 0; v < 20; v++) {
      for (int u = 0; u < 20; u++) {
        assertThat(turned.rgb()[3 * (v * 20 + u)]).isEqualTo(picture.rgb()[3 * (u * 20 + 19 - v)]);
      }
    }
  }

  @Test
  void outsideOfThePictureItsBorderRepeats() {
    RgbPicture picture = noise(8, 8);
    RgbPicture shifted = new Similarity(1, 0, -100, 0).crop(picture, 8, 8);
    for (int v = 0; v < 8; v++) {
      assertThat(shifted.rgb()[3 * (v * 8 + 5)]).isEqualTo(picture.rgb()[3 * v * 8]);
    }
  }

  @Test
  void aReducedCropIsAMeanAndNotASample() {
    byte[] rgb = new byte[3 * 64 * 64];
    for (int i = 0; i < 64 * 64; i++) {
      byte value = (byte) ((i / 64 + i % 64) % 2 == 0 ? 255 : 0);
      rgb[3 * i] = rgb[3 * i + 1] = rgb[3 * i + 2] = value;
    }
    RgbPicture reduced = new Similarity(8, 0, 0, 0).crop(new RgbPicture(64, 64, rgb), 8, 8);
    for (byte value : reduced.rgb()) {
      assertThat(value & 0xff).isBetween(118, 137);
    }
  }

  private static RgbPicture noise(int width, int height) {
    byte[] rgb = new byte[3 * width * height];
    new Random(4).nextBytes(rgb);
    return new RgbPicture(width, height, rgb);
  }
}
