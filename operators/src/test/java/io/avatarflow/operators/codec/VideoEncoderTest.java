package io.avatarflow.operators.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.avatarflow.schemas.VideoCodec;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class VideoEncoderTest {
  private static final int SIZE = 256;

  @ParameterizedTest
  @EnumSource(
      value = VideoCodec.class,
      names = {"H264", "VP8"})
  void everyPictureComesBackAbove30Decibel(VideoCodec codec) {
    try (VideoEncoder encoder = new VideoEncoder(settings(codec));
        VideoDecoder decoder = new VideoDecoder(codec)) {
      for (int i = 0; i < 30; i++) {
        byte[] picture = TestPictures.frame(SIZE, SIZE, i);
        RgbPicture decoded = decoder.decode(encoder.encode(picture, 0, i, false).payload());
        assertThat(TestPictures.psnr(picture, decoded.rgb())).as("frame %d", i).isGreaterThan(30);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"H264, 256", "VP8, 256", "H264, 512", "VP8, 512"})
  void twoEncodersGiveTheSameBytes(VideoCodec codec, int size) {
    assertThat(payloads(codec, size)).isEqualTo(payloads(codec, size));
  }

  @ParameterizedTest
  @EnumSource(
      value = VideoCodec.class,
      names = {"H264", "VP8"})
  void keyFramesComeAtTheStartAndExactlyOnRequest(VideoCodec codec) {
    try (VideoEncoder encoder = new VideoEncoder(settings(codec))) {
      List<Integer> keyFrames = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        if (encoder.encode(TestPictures.frame(SIZE, SIZE, i), 0, i, i == 7 || i == 30).keyFrame()) {
          keyFrames.add(i);
        }
      }
      assertThat(keyFrames).containsExactly(0, 7, 30);
    }
  }

  @Test
  void everyIdrPictureCarriesItsParameterSetsAndTheAnnouncedProfile() {
    try (VideoEncoder encoder = new VideoEncoder(settings(VideoCodec.H264))) {
      String announced = VideoEncoder.profile(encoder.settings());
      assertThat(announced).matches("avc1\\.42[4c]0[0-9a-f]{2}");
      for (int i = 0; i < 6; i++) {
        byte[] payload = encoder.encode(TestPictures.frame(SIZE, SIZE, i), 0, i, i == 3).payload();
        List<Integer> types = AnnexB.units(payload).stream().map(AnnexB.Nal::type).toList();
        if (i % 3 == 0) {
          assertThat(types).containsExactly(7, 8, 5);
          assertThat(AnnexB.profile(payload)).hasValue(announced);
        } else {
          assertThat(types).containsExactly(1);
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"128, 128", "512, 512", "384, 256", "256, 400"})
  void anotherSizeIsScaledAndKeepsTheAspectRatioByBlackBars(int width, int height) {
    VideoEncoder.Settings settings =
        new VideoEncoder.Settings(VideoCodec.H264, SIZE, SIZE, width, height, 25, 2_000_000);
    try (VideoEncoder encoder = new VideoEncoder(settings);
        VideoDecoder decoder = new VideoDecoder(VideoCodec.H264)) {
      encoder.encode(TestPictures.frame(SIZE, SIZE, 0), 0, 0, false);
      decoder.decode(encoder.encode(TestPictures.frame(SIZE, SIZE, 1), 0, 1, true).payload());
      RgbPicture picture =
          decoder.decode(encoder.encode(TestPictures.frame(SIZE, SIZE, 2), 0, 2, false).payload());
      assertThat(picture.width()).isEqualTo(width);
      assertThat(picture.height()).isEqualTo(height);
      int side = Math.min(width, height);
      assertThat(TestPictures.psnr(TestPictures.frame(side, side, 2), centre(picture, side)))
          .isGreaterThan(30);
      if (width != height) {
        assertThat(picture.rgb()[0] & 0xff).isLessThan(12);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"255, 256", "256, 62", "1922, 256", "0, 0", "-2, 256"})
  void refusesASizeThatCannotBeEncoded(int width, int height) {
    assertThatThrownBy(
            () -> new VideoEncoder.Settings(VideoCodec.H264, SIZE, SIZE, width, height, 25, 0))
        .isInstanceOf(MediaException.class)
        .hasMessageContaining(width + " x " + height)
        .hasMessageContaining("even width and height from 64 to 1920");
  }

  @Test
  void refusesAnUnknownCodec() {
    assertThatThrownBy(
            () -> new VideoEncoder.Settings(VideoCodec.UNKNOWN, SIZE, SIZE, SIZE, SIZE, 25, 0))
        .isInstanceOf(MediaException.class)
        .hasMessage("Video codec UNKNOWN is not known; use H264 or VP8.");
  }

  @ParameterizedTest
  @EnumSource(
      value = VideoCodec.class,
      names = {"H264", "VP8"})
  void createAndFreeLeavesNothingBehind(VideoCodec codec) {
    byte[] picture = TestPictures.frame(SIZE, SIZE, 0);
    long growth =
        NativeMemory.growth(
            200,
            () -> {
              try (VideoEncoder encoder = new VideoEncoder(settings(codec))) {
                encoder.encode(picture, 0, 0, false);
                encoder.encode(picture, 0, 1, true);
              }
            });
    // An encoder that is not freed takes 1 to 3 MB: 200 of them would be hundreds.
    assertThat(growth).isLessThan(60L << 20);
  }

  @Test
  void closingTwiceIsHarmless() {
    VideoEncoder encoder = new VideoEncoder(settings(VideoCodec.H264));
    encoder.close();
    encoder.close();
    assertThat(encoder.settings().width()).isEqualTo(SIZE);
  }

  static VideoEncoder.Settings settings(VideoCodec codec) {
    return new VideoEncoder.Settings(codec, SIZE, SIZE, SIZE, SIZE, 25, 0);
  }

  private static List<String> payloads(VideoCodec codec, int size) {
    HexFormat hex = HexFormat.of();
    List<String> payloads = new ArrayList<>();
    try (VideoEncoder encoder =
        new VideoEncoder(new VideoEncoder.Settings(codec, SIZE, SIZE, size, size, 25, 0))) {
      for (int i = 0; i < 25; i++) {
        payloads.add(
            hex.formatHex(
                encoder.encode(TestPictures.frame(SIZE, SIZE, i), 0, i, i == 11).payload()));
      }
    }
    return payloads;
  }

  private static byte[] centre(RgbPicture picture, int side) {
    int left = (picture.width() - side) / 2;
    int top = (picture.height() - side) / 2;
    byte[] square = new byte[3 * side * side];
    for (int y = 0; y < side; y++) {
      System.arraycopy(
          picture.rgb(), 3 * ((top + y) * picture.width() + left), square, 3 * y * side, 3 * side);
    }
    return square;
  }
}
