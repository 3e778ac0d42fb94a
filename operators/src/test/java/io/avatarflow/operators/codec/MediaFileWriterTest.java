package io.avatarflow.operators.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.OpenMark;
import io.avatarflow.schemas.StreamMark;
import io.avatarflow.schemas.Track;
import io.avatarflow.schemas.VideoCodec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MediaFileWriterTest {
  private static final EncodeStage.Format FORMAT =
      new EncodeStage.Format(25, 2, TestBlocks.SIZE, TestBlocks.SIZE, 16_000);
  private static final int BLOCKS = 20;
  private static final int LAST_SAMPLES = 1500;
  private static final int TOTAL_SAMPLES = 3840 * (BLOCKS - 1) + LAST_SAMPLES;
  private static final int TOTAL_FRAMES = 2 * (BLOCKS - 1) + 1;
  private static final double SECONDS = TOTAL_SAMPLES / 48_000.0;

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"H264, film.mp4, h264", "VP8, film.webm, vp8"})
  void theFileHasEveryFrameAndBothTracksSpanTheSameTime(String codec, String name, String codecName)
      throws Exception {
    Path file = write(codec, name);
    JsonNode probe = probe(file);
    JsonNode video = probe.get("streams").get(0);
    JsonNode audio = probe.get("streams").get(1);
    assertThat(video.get("codec_name").asText()).isEqualTo(codecName);
    assertThat(video.get("nb_read_frames").asInt()).isEqualTo(TOTAL_FRAMES);
    assertThat(video.get("avg_frame_rate").asText()).isEqualTo("25/1");
    assertThat(video.get("start_time").asDouble()).isZero();
    assertThat(audio.get("codec_name").asText()).isEqualTo("opus");
    assertThat(audio.get("sample_rate").asInt()).isEqualTo(48_000);
    assertThat(audio.get("channels").asInt()).isEqualTo(1);
    // Two and a half pictures of sound make three pictures.
    assertThat(probe.get("format").get("duration").asDouble())
        .isCloseTo(TOTAL_FRAMES / 25.0, within(0.02));
    assertThat(audio.has("duration") ? audio.get("duration").asDouble() : SECONDS)
        .isCloseTo(SECONDS, within(0.001));
    // FFmpeg cuts a WebM by the sample, an MP4 by the packet.
    assertThat(sound(file).length / 48_000.0)
        .isCloseTo(SECONDS, within(codec.equals("VP8") ? 0.0011 : 0.02));
  }

  @ParameterizedTest
  @CsvSource({"H264, film.mp4", "VP8, film.webm"})
  void soundAndPicturesStandWhereTheyStoodInTheSession(String codec, String name) throws Exception {
    Path file = write(codec, name);
    short[] input = TestSpeech.samples(48_000, TOTAL_SAMPLES);
    assertThat(bestLag(input, sound(file))).isBetween(-60, 60);
    byte[] rgb =
        FfmpegTool.ffmpeg("-i", file.toString(), "-f", "rawvideo", "-pix_fmt", "rgb24", "-");
    int bytes = 3 * TestBlocks.SIZE * TestBlocks.SIZE;
    assertThat(rgb.length).isEqualTo(TOTAL_FRAMES * bytes);
    for (int i = 0; i < TOTAL_FRAMES; i++) {
      byte[] decoded = Arrays.copyOfRange(rgb, i * bytes, (i + 1) * bytes);
      assertThat(
              TestPictures.psnr(TestPictures.frame(TestBlocks.SIZE, TestBlocks.SIZE, i), decoded))
          .as("picture %d", i)
          .isGreaterThan(28);
    }
  }

  @ParameterizedTest
  @CsvSource({"H264, film.mp4", "VP8, film.webm"})
  void theFileSaysThatItIsSynthetic(String codec, String name) throws Exception {
    JsonNode tags = probe(write(codec, name)).get("format").get("tags");
    assertThat(tag(tags, "synthetic")).isEqualTo("true");
    assertThat(tag(tags, "comment"))
        .startsWith("Synthetic media: a model made the pictures")
        .contains("probe");
    assertThat(tag(tags, "pack")).isEqualTo("probe@00");
    assertThat(tag(tags, "seed")).isEqualTo("7");
  }

  @ParameterizedTest
  @CsvSource({"H264, film.mp4", "VP8, film.webm"})
  void theSameFramesMakeTheSameFile(String codec, String name) throws Exception {
    assertThat(write(codec, "a-" + name)).hasSameBinaryContentAs(write(codec, "b-" + name));
  }

  @Test
  void theIndexOfAnMp4StandsInFrontOfItsMedia() throws Exception {
    String bytes =
        Files.readString(write("H264", "film.mp4"), java.nio.charset.StandardCharsets.ISO_8859_1);
    assertThat(bytes.indexOf("moov")).isBetween(0, bytes.indexOf("mdat"));
  }

  @Test
  void closingBeforeTheEndLeavesNoFileAndAnOldOneUntouched() throws Exception {
    Path file = folder.resolve("film.mp4");
    Files.writeString(file, "old");
    List<EncodedFrame> frames = new ArrayList<>();
    OpenMark open = stream("H264", frames);
    try (MediaFileWriter writer = new MediaFileWriter(file, open)) {
      frames.subList(0, 30).forEach(writer::write);
      assertThat(files()).hasSize(2);
    }
    assertThat(files()).containsExactly(file);
    assertThat(file).hasContent("old");
  }

  @Test
  void aStreamWithoutPicturesMakesNoFile() throws Exception {
    OpenMark open = stream("H264", new ArrayList<>());
    try (MediaFileWriter writer = new MediaFileWriter(folder.resolve("film.mp4"), open)) {
      assertThatThrownBy(writer::finish)
          .isInstanceOf(MediaException.class)
          .hasMessageContaining("no picture came");
    }
    assertThat(files()).isEmpty();
  }

  @Test
  void soundBeforeTheFirstPictureIsKept() throws Exception {
    List<EncodedFrame> frames = new ArrayList<>();
    OpenMark open = stream("H264", frames);
    frames.sort((a, b) -> a.getTrack() == b.getTrack() ? 0 : a.getTrack() == Track.AUDIO ? -1 : 1);
    Path file = folder.resolve("film.mp4");
    try (MediaFileWriter writer = new MediaFileWriter(file, open)) {
      frames.forEach(writer::write);
      writer.finish();
    }
    assertThat(sound(file).length / 48_000.0).isCloseTo(SECONDS, within(0.02));
  }

  @Test
  void refusesWhatCannotBeWrittenInOneSentence() throws Exception {
    OpenMark open = stream("H264", new ArrayList<>());
    OpenMark vp8 = stream("VP8", new ArrayList<>());
    refuses(folder.resolve("none/film.mp4"), open, "its folder does not exist; create");
    refuses(folder.resolve("film.avi"), open, "ends neither in .mp4 nor in .webm");
    refuses(
        folder.resolve("film.mp4"), vp8, "cannot hold VP8; H264 goes into .mp4 and VP8 into .webm");
    refuses(folder.resolve("film.webm"), open, "cannot hold H264");
    Files.createDirectory(folder.resolve("dir.mp4"));
    refuses(folder.resolve("dir.mp4"), open, "is a folder");
    assertThat(files()).containsExactly(folder.resolve("dir.mp4"));
  }

  @Test
  void writingAndFreeingLeavesNothingBehind() {
    List<EncodedFrame> frames = new ArrayList<>();
    OpenMark open = stream("H264", frames);
    long growth =
        NativeMemory.growth(
            150,
            () -> {
              try (MediaFileWriter writer = new MediaFileWriter(folder.resolve("film.mp4"), open)) {
                frames.forEach(writer::write);
                writer.finish();
              }
            });
    assertThat(growth).isLessThan(30L << 20);
  }

  private static void refuses(Path file, OpenMark open, String words) {
    assertThatThrownBy(() -> new MediaFileWriter(file, open).close())
        .isInstanceOf(MediaException.class)
        .hasMessageContaining(words);
  }

  private Path write(String codec, String name) {
    List<EncodedFrame> frames = new ArrayList<>();
    OpenMark open = stream(codec, frames);
    Path file = folder.resolve(name);
    try (MediaFileWriter writer = new MediaFileWriter(file, open)) {
      frames.forEach(writer::write);
      writer.finish();
    }
    return file;
  }

  /** A session of 1.55 s whose last block ends early; fills {@code frames}. */
  private static OpenMark stream(String codec, List<EncodedFrame> frames) {
    TestSession session = new TestSession(FORMAT, TestBlocks.info(codec, TestBlocks.SIZE));
    List<SessionRecord> records =
        new ArrayList<>(session.run(new SessionRecord.Start(session.info)));
    for (int i = 0; i < BLOCKS; i++) {
      boolean last = i == BLOCKS - 1;
      records.addAll(session.run(TestBlocks.block(FORMAT, i, b -> last ? shortened(b) : b)));
    }
    records.addAll(session.run(new SessionRecord.End(TestBlocks.KEY, "CLOSED")));
    session.loseEncoders();
    OpenMark open = null;
    for (SessionRecord record : records) {
      if (record instanceof SessionRecord.Emission emission) {
        Object body = emission.output().getBody();
        if (body instanceof EncodedFrame frame) {
          frames.add(frame);
        } else if (((StreamMark) body).getBody() instanceof OpenMark mark) {
          open = mark;
        }
      }
    }
    assertThat(open).isNotNull();
    assertThat(open.getCodec()).isEqualTo(VideoCodec.valueOf(codec));
    return open;
  }

  private static MediaBlock shortened(MediaBlock block) {
    return TestBlocks.withAudio(block, LAST_SAMPLES, 1);
  }

  private static JsonNode probe(Path file) throws IOException {
    return new ObjectMapper()
        .readTree(
            FfmpegTool.ffprobe(
                "-count_frames", "-show_streams", "-show_format", "-of", "json", file.toString()));
  }

  private static String tag(JsonNode tags, String name) {
    for (String spelling : List.of(name, name.toUpperCase(java.util.Locale.ROOT))) {
      if (tags.has(spelling)) {
        return tags.get(spelling).asText();
      }
    }
    throw new AssertionError("no tag " + name + " in " + tags);
  }

  private static short[] sound(Path file) {
    byte[] bytes = FfmpegTool.ffmpeg("-i", file.toString(), "-f", "s16le", "-ac", "1", "-");
    short[] samples = new short[bytes.length / 2];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer().get(samples);
    return samples;
  }

  private static int bestLag(short[] input, short[] output) {
    int bestLag = 0;
    double best = -1;
    for (int lag = -1000; lag <= 1000; lag++) {
      double product = 0;
      for (int i = 2000; i < input.length - 2000 && i + lag < output.length; i++) {
        product += (double) input[i] * output[i + lag];
      }
      if (product > best) {
        best = product;
        bestLag = lag;
      }
    }
    return bestLag;
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }
}
