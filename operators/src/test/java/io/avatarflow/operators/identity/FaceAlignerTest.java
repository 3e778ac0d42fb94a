package io.avatarflow.operators.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.avatarflow.operators.codec.RgbPicture;
import io.avatarflow.operators.identity.ImageFraming.Framed;
import io.avatarflow.operators.pack.ModelPack;
import io.avatarflow.operators.stage.IdentityException;
import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The reference pack's aligner on its own rendered people, put into other pictures. */
class FaceAlignerTest {
  private static final int SIDE = 256;

  /**
   * Mean difference of a pixel, of 255, when the crop is a few pixels off; two people differ by
   * more.
   */
  private static final double MOVED = 28;

  private static ModelPack pack;
  private static ImageFraming aligner;

  @BeforeAll
  static void load() {
    pack = ModelPack.load("reference");
    aligner = FaceAligner.of(pack);
  }

  @AfterAll
  static void close() {
    pack.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"ada", "ben", "chidi", "dalia", "elena", "farid", "grace", "hugo"})
  void aFramedPortraitStaysNearlyAsItIs(String name) throws Exception {
    Framed framed = aligner.frame(RgbPicture.of(person(name)), "Identity", SIDE, SIDE);
    assertThat(framed.notice()).isEmpty();
    assertThat(difference(framed.picture(), person(name))).isLessThan(MOVED);
  }

  @ParameterizedTest
  @CsvSource({
    "ada, 700, 500, 330, 60, 40, 0",
    "ben, 500, 800, 260, 120, 300, 15",
    "dalia, 900, 600, 220, 500, 200, -20",
    "hugo, 640, 640, 480, 80, 90, 8",
    "grace, 1200, 900, 300, 300, 400, 0"
  })
  void aFaceSomewhereInAPictureIsCroppedToTheFraming(
      String name, int width, int height, int side, int left, int top, double degrees)
      throws Exception {
    BufferedImage scene = background(width, height);
    paste(scene, person(name), left, top, side, degrees);
    Framed framed = aligner.frame(RgbPicture.of(scene), "Identity", SIDE, SIDE);
    assertThat(middleDifference(framed.picture(), person(name))).isLessThan(MOVED);
  }

  @Test
  void theLargestOfSeveralFacesIsTakenWithANotice() throws Exception {
    BufferedImage scene = background(900, 500);
    paste(scene, person("ada"), 40, 120, 240, 0);
    paste(scene, person("farid"), 440, 40, 400, 0);
    Framed framed = aligner.frame(RgbPicture.of(scene), "Identity photo.png", SIDE, SIDE);
    assertThat(framed.notice())
        .isEqualTo("Identity photo.png shows 2 faces; the largest one was taken.");
    assertThat(middleDifference(framed.picture(), person("farid"))).isLessThan(MOVED);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void aPictureWithoutAFaceIsRefused(int kind) {
    assertThatThrownBy(
            () -> aligner.frame(RgbPicture.of(faceless(kind)), "Identity tree.png", SIDE, SIDE))
        .isInstanceOf(IdentityException.class)
        .hasMessage(
            "Identity tree.png shows no face; give a portrait that looks at the camera, or say that it is framed already.");
  }

  @Test
  void aFaceThatIsTooSmallIsRefused() {
    BufferedImage scene = background(400, 400);
    paste(scene, person("ada"), 160, 150, 80, 0);
    assertThatThrownBy(() -> aligner.frame(RgbPicture.of(scene), "Identity", SIDE, SIDE))
        .isInstanceOf(IdentityException.class)
        .hasMessageStartingWith("The face of identity is too small: its crop has ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"left", "right"})
  void aHeadThatIsTurnedAwayIsRefused(String side) {
    assertThatThrownBy(() -> aligner.frame(RgbPicture.of(turned(side)), "Identity", SIDE, SIDE))
        .isInstanceOf(IdentityException.class)
        .hasMessageStartingWith("The face of identity is turned away by about ");
  }

  @Test
  void thePointsOfTheFramingAreThoseOfTheBundledPeople() {
    FaceFinder finder = new FaceFinder(pack.runner("aligner"), 160, 0.3);
    double[] mean = new double[10];
    for (String name : pack.manifest().identities().keySet()) {
      double[] points = finder.find(RgbPicture.of(person(name))).get(0).points();
      for (int i = 0; i < 10; i++) {
        mean[i] += points[i] / SIDE / pack.manifest().identities().size();
      }
    }
    for (int i = 0; i < 10; i++) {
      assertThat(mean[i])
          .isCloseTo(pack.manifest().aligner().points().get(i / 2).get(i % 2), within(0.03));
    }
  }

  private static BufferedImage person(String name) {
    return image(pack.identity(name));
  }

  /** A head at 70 degrees, rendered as the bundled people are. */
  private static BufferedImage turned(String side) {
    try (var stream =
        FaceAlignerTest.class.getResourceAsStream("/identity/turned-" + side + ".png")) {
      return ImageIO.read(stream);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static BufferedImage image(byte[] png) {
    try {
      return ImageIO.read(new ByteArrayInputStream(png));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static BufferedImage background(int width, int height) {
    BufferedImage scene = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = scene.createGraphics();
    graphics.setPaint(
        new GradientPaint(0, 0, new Color(0x6a7f96), width, height, new Color(0xc9b99a)));
    graphics.fillRect(0, 0, width, height);
    graphics.setColor(new Color(0x4f6b45));
    graphics.fillOval(-width / 4, 2 * height / 3, width, height);
    graphics.dispose();
    return scene;
  }

  private static BufferedImage faceless(int kind) {
    BufferedImage scene = background(500, 400);
    Graphics2D graphics = scene.createGraphics();
    graphics.setColor(new Color(0x8c4b2f));
    switch (kind) {
      case 1 -> graphics.fillRect(120, 90, 180, 240);
      case 2 -> {
        for (int x = 0; x < 500; x += 40) {
          graphics.drawLine(x, 0, 500 - x, 400);
        }
      }
      case 3 -> graphics.fillOval(140, 60, 210, 280);
      default -> {}
    }
    graphics.dispose();
    return scene;
  }

  private static void paste(
      BufferedImage scene, BufferedImage person, int left, int top, int side, double degrees) {
    Graphics2D graphics = scene.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
    AffineTransform place = AffineTransform.getTranslateInstance(left, top);
    place.rotate(Math.toRadians(degrees), side / 2.0, side / 2.0);
    place.scale((double) side / person.getWidth(), (double) side / person.getHeight());
    graphics.drawImage(person, place, null);
    graphics.dispose();
  }

  private static double difference(RgbPicture framed, BufferedImage wanted) {
    return difference(framed, wanted, 0);
  }

  /** Over the face alone: what stands around it belongs to the other picture. */
  private static double middleDifference(RgbPicture framed, BufferedImage wanted) {
    return difference(framed, wanted, 64);
  }

  private static double difference(RgbPicture framed, BufferedImage wanted, int margin) {
    byte[] rgb = RgbPicture.of(wanted).rgb();
    double sum = 0;
    int count = 0;
    for (int y = margin; y < SIDE - margin; y++) {
      for (int x = 3 * margin; x < 3 * (SIDE - margin); x++, count++) {
        sum += Math.abs((rgb[3 * y * SIDE + x] & 0xff) - (framed.rgb()[3 * y * SIDE + x] & 0xff));
      }
    }
    return sum / count;
  }
}
