package io.avatarflow.operators.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContactSheetTest {
  @TempDir Path folder;

  @Test
  void picturesStandInAGridWithTheirTimes() throws Exception {
    ContactSheet sheet = new ContactSheet(3, 64);
    for (int i = 0; i < 4; i++) {
      byte[] grey = new byte[3 * 128 * 128];
      java.util.Arrays.fill(grey, (byte) (60 * i + 20));
      sheet.add(i * 12.5, new RgbPicture(128, 128, grey));
    }
    Path file = folder.resolve("sheet.png");
    sheet.writePng(file);
    BufferedImage image = ImageIO.read(file.toFile());
    assertThat(image.getWidth()).isEqualTo(3 * 68 + 4);
    assertThat(image.getHeight()).isEqualTo(2 * 68 + 4);
    for (int i = 0; i < 4; i++) {
      int x = 4 + i % 3 * 68;
      int y = 4 + i / 3 * 68;
      assertThat(image.getRGB(x + 40, y + 20) & 0xff)
          .as("cell %d", i)
          .isBetween(60 * i + 19, 60 * i + 21);
      assertThat(whitePixels(image, x, y + 50)).as("time of cell %d", i).isGreaterThan(80);
    }
    assertThat(image.getRGB(4 + 68 + 40, 4 + 68 + 20) & 0xff).isEqualTo(64);
  }

  @Test
  void anEmptySheetIsRefused() {
    assertThatThrownBy(() -> new ContactSheet(3, 64).compose()).isInstanceOf(MediaException.class);
  }

  @Test
  void aPictureSurvivesPng() throws Exception {
    RgbPicture picture = new RgbPicture(20, 10, TestPictures.frame(20, 10, 3));
    Path file = folder.resolve("picture.png");
    picture.writePng(file);
    assertThat(RgbPicture.of(ImageIO.read(file.toFile())).rgb()).isEqualTo(picture.rgb());
  }

  private static int whitePixels(BufferedImage image, int left, int top) {
    int white = 0;
    for (int y = top; y < top + 14; y++) {
      for (int x = left; x < left + 60; x++) {
        white += (image.getRGB(x, y) & 0xffffff) == 0xffffff ? 1 : 0;
      }
    }
    return white;
  }
}
