package io.avatarflow.operators.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.avatarflow.operators.codec.RgbPicture;
import io.avatarflow.operators.stage.IdentityException;
import io.avatarflow.schemas.BundledIdentity;
import io.avatarflow.schemas.Framing;
import io.avatarflow.schemas.IdentityPath;
import io.avatarflow.schemas.InlineImage;
import io.avatarflow.schemas.PackReference;
import io.avatarflow.schemas.SessionOpen;
import io.avatarflow.schemas.SessionParameters;
import io.avatarflow.schemas.VideoSettings;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IdentityImagesTest {
  private static final int SIDE = 256;
  private static final byte[] ADA = TestImages.quartersFile(SIDE, SIDE, "png");

  @TempDir Path root;

  @Test
  void aBundledIdentityComesAsThePackHoldsIt() throws Exception {
    assertThat(
            images(IdentityPolicy.BUNDLED)
                .framedPng(open(new BundledIdentity("ada"), Framing.AUTO)))
        .isEqualTo(ADA);
  }

  @Test
  void anUnknownBundledIdentityIsRefusedWithTheNamesThatThereAre() {
    refuses(
        new BundledIdentity("eve"), "Identity \"eve\" is not in the pack; choose one of [ada].");
  }

  @Test
  void thePolicyBundledRefusesImagesFromOutside() {
    for (Object identity : new Object[] {inline(ADA), new IdentityPath("ada.png")}) {
      assertThatThrownBy(
              () -> images(IdentityPolicy.BUNDLED).framedPng(open(identity, Framing.AUTO)))
          .isInstanceOf(IdentityException.class)
          .hasMessageContaining("identity.policy is bundled");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "jpeg", "gif", "bmp"})
  void theUsualFormatsAreScaledToTheIdentitySize(String format) throws Exception {
    assertQuarters(framed(TestImages.quartersFile(400, 400, format), Framing.GIVEN));
    assertQuarters(framed(TestImages.quartersFile(100, 100, format), Framing.GIVEN));
  }

  @Test
  void theFirstFrameOfAnAnimationCounts() throws Exception {
    assertQuarters(framed(TestImages.animatedGif(300, 300), Framing.AUTO));
  }

  @Test
  void fourInksBecomeRgb() throws Exception {
    assertQuarters(framed(TestImages.cmykJpeg(320, 320), Framing.AUTO));
  }

  @ParameterizedTest
  @CsvSource({
    // What is stored top left is shown: TIFF 6.0, tag 274.
    "1, TL TR BL BR",
    "2, TR TL BR BL",
    "3, BR BL TR TL",
    "4, BL BR TL TR",
    "5, TL BL TR BR",
    "6, BL TL BR TR",
    "7, BR TR BL TL",
    "8, TR BR TL BL"
  })
  void theExifOrientationIsApplied(int orientation, String shown) throws Exception {
    BufferedImage crop = framed(TestImages.rotatedJpeg(320, 320, orientation), Framing.AUTO);
    Map<String, Color> colors =
        Map.of(
            "TL", TestImages.TOP_LEFT,
            "TR", TestImages.TOP_RIGHT,
            "BL", TestImages.BOTTOM_LEFT,
            "BR", TestImages.BOTTOM_RIGHT);
    assertQuarters(crop, Arrays.stream(shown.split(" ")).map(colors::get).toArray(Color[]::new));
  }

  @Test
  void whatIsTransparentShowsMidGrey() throws Exception {
    BufferedImage image = new BufferedImage(300, 300, BufferedImage.TYPE_INT_ARGB);
    for (int y = 0; y < 300; y++) {
      for (int x = 0; x < 150; x++) {
        image.setRGB(x, y, 0x80ff0000);
      }
    }
    BufferedImage crop = framed(TestImages.file(image, "png"), Framing.AUTO);
    assertColor(crop, 64, 128, new Color(192, 64, 64));
    assertColor(crop, 192, 128, new Color(128, 128, 128));
  }

  @Test
  void greyKeepsItsValues() throws Exception {
    byte[] eight = TestImages.greyPng(300, 300, BufferedImage.TYPE_BYTE_GRAY, 100);
    byte[] sixteen = TestImages.greyPng(300, 300, BufferedImage.TYPE_USHORT_GRAY, 100 * 257);
    assertColor(framed(eight, Framing.AUTO), 128, 128, new Color(100, 100, 100));
    assertColor(framed(sixteen, Framing.AUTO), 128, 128, new Color(100, 100, 100));
  }

  @Test
  void aTallPortraitLosesMoreBelowThanAbove() throws Exception {
    // 300 x 500: the square starts a quarter of the spare 200 rows from the top; the colours change
    // at row 250.
    byte[] tall = TestImages.quartersFile(300, 500, "png");
    BufferedImage auto = framed(tall, Framing.AUTO);
    assertColor(auto, 64, (int) (195 / 300.0 * SIDE), TestImages.TOP_LEFT);
    assertColor(auto, 64, (int) (205 / 300.0 * SIDE), TestImages.BOTTOM_LEFT);
    BufferedImage given = framed(tall, Framing.GIVEN);
    assertColor(given, 64, 124, TestImages.TOP_LEFT);
    assertColor(given, 64, 132, TestImages.BOTTOM_LEFT);
  }

  @Test
  void aFramingOfItsOwnIsAskedForAutoOnly() throws Exception {
    ImageFraming bottomRight =
        (picture, name, width, height) ->
            new ImageFraming.Framed(
                PictureResampler.scale(
                    picture,
                    new ImageFraming.Crop(picture.width() / 2, picture.height() / 2, 150, 150),
                    width,
                    height),
                "");
    IdentityImages images =
        new IdentityImages(SIDE, SIDE, Map.of(), IdentityPolicy.ANY, Optional.empty(), bottomRight);
    byte[] file = TestImages.quartersFile(300, 300, "png");
    BufferedImage auto = decode(images.framedPng(open(inline(file), Framing.AUTO)));
    assertColor(auto, 20, 20, TestImages.BOTTOM_RIGHT);
    assertQuarters(decode(images.framedPng(open(inline(file), Framing.GIVEN))));
  }

  @Test
  void aNoisyPictureIsSmoothedUntilItFits() throws Exception {
    byte[] noise = TestImages.noise(400, 400);
    byte[] png = images(IdentityPolicy.ANY).framedPng(open(inline(noise), Framing.GIVEN));
    assertThat(png.length).isBetween(60_000, IdentityImages.MAX_PNG_BYTES);
    assertThat(decode(png).getWidth()).isEqualTo(SIDE);
  }

  @Test
  void thePictureIsTheSameEveryTime() throws Exception {
    byte[] file = TestImages.quartersFile(333, 421, "jpeg");
    IdentityImages images = images(IdentityPolicy.ANY);
    assertThat(images.framedPng(open(inline(file), Framing.AUTO)))
        .isEqualTo(images.framedPng(open(inline(file), Framing.AUTO)));
  }

  @Test
  void aLargePictureIsThinnedOutWhileItIsRead() throws Exception {
    assertQuarters(framed(TestImages.quartersFile(6000, 6000, "png"), Framing.AUTO));
    assertQuarters(framed(TestImages.quartersFile(2900, 2900, "jpeg"), Framing.AUTO));
  }

  @Test
  void sizesAreCheckedBeforeAnythingIsAllocated() {
    refuses(
        inline(TestImages.pngThatClaims(30_000, 30_000)),
        "30000 x 30000 pixels, at most 8192 a side");
    refuses(inline(TestImages.pngThatClaims(8_000, 8_000)), "8000 x 8000 pixels");
    refuses(inline(TestImages.pngThatClaims(Integer.MAX_VALUE, 1)), "pixels");
    refuses(
        inline(TestImages.quartersFile(1, 1, "png")), "1 x 1 pixels, at least 64 x 64 are needed");
    refuses(
        inline(new byte[IdentityImages.MAX_INLINE_BYTES + 1]), "524289 bytes, the limit is 524288");
  }

  @Test
  void whatIsNoPictureIsRefusedInOneSentence() {
    refuses(inline("just text".getBytes(StandardCharsets.UTF_8)), "is no picture that can be read");
    refuses(inline(new byte[0]), "is no picture that can be read");
    refuses(inline(Arrays.copyOf(ADA, 60)), "cannot be decoded");
    refuses(inline(TestImages.pngThatClaims(300, 300)), "cannot be decoded");
    byte[] jpeg = TestImages.quartersFile(300, 300, "jpeg");
    Arrays.fill(jpeg, 4, 200, (byte) 0x55);
    refuses(inline(jpeg), "Identity image");
  }

  @Test
  void aDamagedFileIsDecodedOrRefusedButNeverThrowsAnythingElse() throws Exception {
    Random random = new Random(3);
    byte[][] files = {
      TestImages.quartersFile(96, 96, "png"),
      TestImages.rotatedJpeg(96, 96, 6),
      TestImages.cmykJpeg(96, 96),
      TestImages.animatedGif(96, 96),
      TestImages.quartersFile(96, 96, "bmp")
    };
    int refused = 0;
    for (int i = 0; i < 400; i++) {
      byte[] file = files[i % files.length].clone();
      for (int flips = 0; flips < 1 + i % 7; flips++) {
        file[random.nextInt(Math.min(file.length, 700))] = (byte) random.nextInt();
      }
      try {
        assertThat(framed(file, Framing.AUTO).getWidth()).isEqualTo(SIDE);
      } catch (IdentityException e) {
        assertThat(e).hasMessageStartingWith("Identity image");
        refused++;
      }
    }
    assertThat(refused).isBetween(20, 399);
  }

  @Test
  void aPathIsReadBelowTheRootOnly() throws Exception {
    Path outside = Files.createTempFile("outside", ".png");
    try {
      Files.write(outside, ADA);
      Files.createDirectories(root.resolve("people"));
      Files.write(root.resolve("people/ada.png"), ADA);
      Files.createSymbolicLink(root.resolve("link.png"), outside);
      Files.createSymbolicLink(root.resolve("inside.png"), root.resolve("people/ada.png"));
      IdentityImages images = images(IdentityPolicy.ANY);
      for (String path : new String[] {"people/ada.png", "people/../inside.png"}) {
        assertQuarters(decode(images.framedPng(open(new IdentityPath(path), Framing.GIVEN))));
      }
      refuses(new IdentityPath("../" + outside.getFileName()), "lies outside of the identity root");
      refuses(new IdentityPath(outside.toString()), "lies outside of the identity root");
      refuses(new IdentityPath("link.png"), "lies outside of the identity root");
      refuses(new IdentityPath("none.png"), "cannot be read below the identity root");
      refuses(new IdentityPath("people"), "is no file");
      refuses(new IdentityPath("a\0b"), "cannot be read below the identity root");
    } finally {
      Files.delete(outside);
    }
  }

  @Test
  void withoutARootPathsAreRefused() {
    IdentityImages images =
        new IdentityImages(
            SIDE, SIDE, Map.of(), IdentityPolicy.ANY, Optional.empty(), ImageFraming.portrait());
    assertThatThrownBy(() -> images.framedPng(open(new IdentityPath("a.png"), Framing.AUTO)))
        .isInstanceOf(IdentityException.class)
        .hasMessageContaining("no identity root");
  }

  @Test
  void aFileThatARecordCanCarryGoesAsItIsAndALargerOneIsScaledDown() throws Exception {
    Path small = Files.write(root.resolve("small.jpg"), TestImages.rotatedJpeg(320, 320, 6));
    assertThat(IdentityFile.inline(small)).isEqualTo(Files.readAllBytes(small));
    Path large = Files.write(root.resolve("large.png"), TestImages.noise(1400, 700));
    byte[] inline = IdentityFile.inline(large);
    assertThat(inline.length).isLessThanOrEqualTo(IdentityImages.MAX_INLINE_BYTES);
    BufferedImage scaled = decode(inline);
    assertThat(scaled.getWidth()).isEqualTo(2 * scaled.getHeight()).isGreaterThanOrEqualTo(384);
  }

  @Test
  void aFileThatTheEngineWouldRefuseIsRefusedBeforeItIsSent() throws Exception {
    refusesFile(root.resolve("none.png"), "does not exist");
    refusesFile(root, "is no file");
    refusesFile(Files.createFile(root.resolve("empty.png")), "has 0 bytes");
    refusesFile(Files.writeString(root.resolve("text.png"), "text"), "is no picture");
    refusesFile(
        Files.write(root.resolve("huge.png"), TestImages.pngThatClaims(30_000, 30_000)),
        "30000 x 30000");
  }

  private static void refusesFile(Path file, String words) {
    assertThatThrownBy(() -> IdentityFile.inline(file))
        .isInstanceOf(IdentityException.class)
        .hasMessageContaining(words)
        .hasMessageContaining(file.toString());
  }

  private void refuses(Object identity, String words) {
    assertThatThrownBy(() -> images(IdentityPolicy.ANY).framedPng(open(identity, Framing.AUTO)))
        .isInstanceOf(IdentityException.class)
        .hasMessageContaining(words)
        .hasMessageMatching("[^\\n]*\\.");
  }

  private BufferedImage framed(byte[] file, Framing framing) throws IdentityException, IOException {
    byte[] png = images(IdentityPolicy.ANY).framedPng(open(inline(file), framing));
    assertThat(png.length).isLessThanOrEqualTo(IdentityImages.MAX_PNG_BYTES);
    return decode(png);
  }

  private static BufferedImage decode(byte[] png) throws IOException {
    return ImageIO.read(new ByteArrayInputStream(png));
  }

  private IdentityImages images(IdentityPolicy policy) {
    return new IdentityImages(
        SIDE, SIDE, Map.of("ada", ADA), policy, Optional.of(root), ImageFraming.portrait());
  }

  private static InlineImage inline(byte[] bytes) {
    return new InlineImage(ByteBuffer.wrap(bytes));
  }

  private static SessionOpen open(Object identity, Framing framing) {
    return SessionOpen.newBuilder()
        .setPack(new PackReference("reference", null))
        .setIdentity(identity)
        .setFraming(framing)
        .setVideo(VideoSettings.newBuilder().build())
        .setParameters(SessionParameters.newBuilder().build())
        .build();
  }

  private static void assertQuarters(BufferedImage crop) {
    assertQuarters(
        crop,
        TestImages.TOP_LEFT,
        TestImages.TOP_RIGHT,
        TestImages.BOTTOM_LEFT,
        TestImages.BOTTOM_RIGHT);
  }

  private static void assertQuarters(BufferedImage crop, Color... quarters) {
    assertThat(crop.getWidth()).isEqualTo(SIDE);
    assertThat(crop.getHeight()).isEqualTo(SIDE);
    for (int i = 0; i < 4; i++) {
      assertColor(crop, SIDE / 4 + i % 2 * SIDE / 2, SIDE / 4 + i / 2 * SIDE / 2, quarters[i]);
    }
  }

  /** Within what JPEG and the palette of GIF may change. */
  private static void assertColor(BufferedImage image, int x, int y, Color expected) {
    RgbPicture pixel = RgbPicture.of(image.getSubimage(x, y, 1, 1));
    int[] actual = {pixel.rgb()[0] & 0xff, pixel.rgb()[1] & 0xff, pixel.rgb()[2] & 0xff};
    int[] wanted = {expected.getRed(), expected.getGreen(), expected.getBlue()};
    for (int c = 0; c < 3; c++) {
      assertThat(actual[c])
          .as("%d,%d: %s", x, y, Arrays.toString(actual))
          .isBetween(wanted[c] - 30, wanted[c] + 30);
    }
  }
}
