package io.avatarflow.operators.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.avatarflow.operators.pack.ModelPack;
import io.avatarflow.schemas.VideoCodec;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What viewers decode, and what others hash, is the picture that was made. */
class PictureFidelityTest {
  private static final int SIDE = 256;
  private static final Path SCRIPT =
      Path.of("..", "docs", "checks", "pixel_hash.py").toAbsolutePath().normalize();

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(
      value = VideoCodec.class,
      names = {"H264", "VP8"})
  void aMovingFaceComesBackAbove32Decibel(VideoCodec codec) throws IOException {
    BufferedImage face = face();
    VideoEncoder.Settings settings = VideoEncoderTest.settings(codec);
    try (VideoEncoder encoder = new VideoEncoder(settings);
        VideoDecoder decoder = new VideoDecoder(codec)) {
      for (int i = 0; i < 25; i++) {
        byte[] picture = rgb(moved(face, i));
        RgbPicture decoded = decoder.decode(encoder.encode(picture, 0, i, false).payload());
        assertThat(TestPictures.psnr(picture, decoded.rgb())).as("frame %d", i).isGreaterThan(32);
      }
    }
  }

  @Test
  void aScriptOfAnotherLanguageHashesThePicturesAlike() throws Exception {
    assumeThat(python()).as("python3 on the path").isTrue();
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      BufferedImage picture = moved(face(), i);
      ImageIO.write(picture, "png", folder.resolve("frame-%06d.png".formatted(i)).toFile());
      expected.add("%d %d".formatted(i, PixelHash.of(rgb(picture), 0, 3 * SIDE * SIDE)));
    }

    Process process =
        new ProcessBuilder("python3", SCRIPT.toString(), folder.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor()).as(output).isZero();
    assertThat(output.lines()).containsExactlyElementsOf(expected);
  }

  private static BufferedImage face() throws IOException {
    try (ModelPack pack = ModelPack.load("reference")) {
      String name = pack.manifest().identities().keySet().iterator().next();
      return ImageIO.read(new ByteArrayInputStream(pack.identity(name)));
    }
  }

  /** The face a little further right in each picture, as a head that turns. */
  private static BufferedImage moved(BufferedImage face, int index) {
    BufferedImage picture = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = picture.createGraphics();
    graphics.drawImage(face, 0, 0, null);
    graphics.drawImage(face, index % 4, 0, null);
    graphics.dispose();
    return picture;
  }

  private static byte[] rgb(BufferedImage picture) {
    byte[] rgb = new byte[3 * SIDE * SIDE];
    int at = 0;
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        int pixel = picture.getRGB(x, y);
        rgb[at++] = (byte) (pixel >> 16);
        rgb[at++] = (byte) (pixel >> 8);
        rgb[at++] = (byte) pixel;
      }
    }
    return rgb;
  }

  private static boolean python() {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .anyMatch(path -> Files.isExecutable(Path.of(path, "python3")));
  }
}
