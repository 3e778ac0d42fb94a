package io.avatarflow.operators.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.avatarflow.operators.codec.AudioFileReader.PcmChunk;
import io.avatarflow.schemas.AudioEncoding;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AudioFileReaderTest {
  private static final Duration CHUNK = Duration.ofMillis(200);

  @TempDir Path folder;

  @Test
  void aWavOfAUsualRateComesOutAsItIs() throws Exception {
    TestWav wav = TestWav.speech(16_000, 10_000);
    try (AudioFileReader reader = reader(wav)) {
      assertThat(reader.sampleRate()).isEqualTo(16_000);
      assertThat(reader.channels()).isEqualTo(1);
      assertThat(reader.encoding()).isEqualTo(AudioEncoding.PCM_S16LE);
      assertThat(reader.estimatedSeconds().orElseThrow()).isCloseTo(0.625, within(0.001));
      List<PcmChunk> chunks = chunks(reader);
      assertThat(chunks).extracting(PcmChunk::firstSample).containsExactly(0L, 3200L, 6400L, 9600L);
      assertThat(chunks).extracting(PcmChunk::samples).containsExactly(3200, 3200, 3200, 400);
      assertThat(chunks).extracting(PcmChunk::last).containsExactly(false, false, false, true);
      assertThat(joined(chunks)).isEqualTo(wav.data);
      assertThat(reader.warnings()).isEmpty();
      assertThat(reader.next()).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({"8000", "11025", "44100", "48000"})
  void everyRateFrom8To48KilohertzStays(int rate) {
    TestWav wav = TestWav.speech(rate, rate / 2);
    try (AudioFileReader reader = reader(wav)) {
      assertThat(reader.sampleRate()).isEqualTo(rate);
      assertThat(joined(chunks(reader))).isEqualTo(wav.data);
    }
  }

  @Test
  void eightBitSurroundAt96KilohertzBecomesSixChannelsAt48() {
    TestWav wav = new TestWav();
    wav.channels = 6;
    wav.rate = 96_000;
    wav.bits = 8;
    wav.data = new byte[6 * 48_000];
    short[] speech = TestSpeech.samples(96_000, 48_000);
    for (int i = 0; i < 48_000; i++) {
      for (int c = 0; c < 6; c++) {
        wav.data[6 * i + c] = (byte) (128 + (speech[i] >> 8) * (c == 0 ? 1 : 0));
      }
    }
    try (AudioFileReader reader = reader(wav)) {
      assertThat(reader.sampleRate()).isEqualTo(48_000);
      assertThat(reader.channels()).isEqualTo(6);
      byte[] pcm = joined(chunks(reader));
      assertThat(pcm.length / 12).isBetween(23_990, 24_010);
      ByteBuffer samples = ByteBuffer.wrap(pcm).order(ByteOrder.LITTLE_ENDIAN);
      double error = 0;
      double loudest = 0;
      for (int i = 1000; i < 23_000; i++) {
        error += Math.abs(samples.getShort(12 * i) - (speech[2 * i] >> 8 << 8));
        loudest = Math.max(loudest, Math.abs(samples.getShort(12 * i + 2)));
      }
      assertThat(error / 22_000).isLessThan(400);
      assertThat(loudest).isLessThan(300);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "flac, 2, 48000, PCM_S16LE",
    "mp3, 1, 44100, PCM_F32LE",
    "m4a, 2, 44100, PCM_F32LE",
    "ogg, 1, 48000, PCM_F32LE",
    "aiff, 2, 22050, PCM_S16LE"
  })
  void formatsThatFfmpegReadsAreRead(
      String ending, int channels, int rate, AudioEncoding encoding) {
    Path wav = TestWav.speech(rate, rate).write(folder.resolve("speech.wav"));
    Path file = folder.resolve("speech." + ending);
    List<String> command =
        new ArrayList<>(List.of("-i", wav.toString(), "-ac", "" + channels, "-ar", "" + rate));
    if (ending.equals("ogg")) {
      command.addAll(List.of("-c:a", "libopus"));
    }
    command.add(file.toString());
    FfmpegTool.ffmpeg(command.toArray(String[]::new));
    try (AudioFileReader reader = new AudioFileReader(file, CHUNK)) {
      assertThat(reader.sampleRate()).isEqualTo(rate);
      assertThat(reader.channels()).isEqualTo(channels);
      assertThat(reader.encoding()).isEqualTo(encoding);
      List<PcmChunk> chunks = chunks(reader);
      PcmChunk last = chunks.get(chunks.size() - 1);
      assertThat((last.firstSample() + last.samples()) / (double) rate).isCloseTo(1, within(0.06));
      assertThat(reader.warnings()).isEmpty();
    }
  }

  @Test
  void aVideoFileGivesItsSound() {
    Path wav = TestWav.speech(48_000, 48_000).write(folder.resolve("speech.wav"));
    Path film = folder.resolve("film.mp4");
    FfmpegTool.ffmpeg(
        "-f",
        "lavfi",
        "-i",
        "color=red:size=64x64:duration=1",
        "-i",
        wav.toString(),
        "-c:v",
        "libopenh264",
        "-c:a",
        "aac",
        film.toString());
    try (AudioFileReader reader = new AudioFileReader(film, CHUNK)) {
      assertThat(chunks(reader)).isNotEmpty();
    }
  }

  @Test
  void tenMillisecondsAreEnough() {
    try (AudioFileReader reader = reader(TestWav.speech(48_000, 480))) {
      assertThat(chunks(reader)).singleElement().matches(c -> c.last() && c.samples() == 480);
    }
  }

  @Test
  void aTruncatedWavGivesWhatIsThereAndAWarning() {
    TestWav wav = TestWav.speech(16_000, 8_000);
    wav.riffSize = 36L + 64_000;
    wav.dataSize = 64_000L;
    try (AudioFileReader reader = reader(wav)) {
      assertThat(joined(chunks(reader))).isEqualTo(wav.data);
      assertThat(reader.warnings())
          .singleElement()
          .asString()
          .contains("was cut off: its header says 64000 bytes of sound, 16000 are there");
    }
  }

  @Test
  void aTruncatedFlacGivesWhatIsThereAndAWarning() throws Exception {
    Path wav = TestWav.speech(16_000, 64_000).write(folder.resolve("speech.wav"));
    Path flac = folder.resolve("speech.flac");
    FfmpegTool.ffmpeg("-i", wav.toString(), flac.toString());
    byte[] whole = Files.readAllBytes(flac);
    Files.write(flac, Arrays.copyOf(whole, whole.length / 2));
    try (AudioFileReader reader = new AudioFileReader(flac, CHUNK)) {
      assertThat(joined(chunks(reader)).length).isBetween(20_000, 100_000);
      assertThat(reader.warnings()).isNotEmpty();
    }
  }

  @Test
  void aStreamedWavWithUnknownSizesIsReadToItsEnd() {
    TestWav wav = TestWav.speech(16_000, 8_000);
    wav.riffSize = 0xffffffffL;
    wav.dataSize = 0xffffffffL;
    try (AudioFileReader reader = reader(wav)) {
      assertThat(joined(chunks(reader))).isEqualTo(wav.data);
      assertThat(reader.warnings()).isEmpty();
    }
  }

  @Test
  void samplesBeyondFullScaleAreClippedWithAWarning() {
    try (AudioFileReader reader = reader(TestWav.floats(16_000, 0.5f, 3e30f, -2f, 0.25f))) {
      ByteBuffer pcm = ByteBuffer.wrap(joined(chunks(reader))).order(ByteOrder.LITTLE_ENDIAN);
      assertThat(List.of(pcm.getFloat(0), pcm.getFloat(4), pcm.getFloat(8), pcm.getFloat(12)))
          .containsExactly(0.5f, 1f, -1f, 0.25f);
      assertThat(reader.warnings()).singleElement().asString().contains("2 samples were clipped");
    }
  }

  @Test
  void refusesSamplesThatAreNoNumbers() {
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      float[] samples = new float[20_000];
      samples[16_000] = bad;
      try (AudioFileReader reader = reader(TestWav.floats(16_000, samples))) {
        assertThatThrownBy(() -> chunks(reader))
            .isInstanceOf(MediaException.class)
            .hasMessageContaining("a sample that is no number (" + bad + ") at 1.000 s");
      }
    }
  }

  @Test
  void refusesWhatIsNoSoundFileInOneSentence() throws Exception {
    refuses(folder.resolve("none.wav"), "does not exist");
    refuses(folder, "is a folder");
    refuses(Files.createFile(folder.resolve("empty.wav")), "is empty (0 bytes)");
    refuses(
        Files.writeString(folder.resolve("text.wav"), "This is not sound.\n".repeat(200)),
        "holds no sound");
    byte[] noise = new byte[100_000];
    new Random(1).nextBytes(noise);
    refuses(Files.write(folder.resolve("noise.wav"), noise), "Audio");
    refuses(new TestWav().write(folder.resolve("zero.wav")), "0 samples");
    Path picture = folder.resolve("picture.png");
    new RgbPicture(64, 64, TestPictures.frame(64, 64, 0)).writePng(picture);
    refuses(picture, "holds no sound");
  }

  @Test
  void aDamagedFileIsReadOrRefusedButNeverThrowsAnythingElse() throws Exception {
    Path wav = TestWav.speech(16_000, 8_000).write(folder.resolve("speech.wav"));
    List<byte[]> files = new ArrayList<>(List.of(Files.readAllBytes(wav)));
    for (String ending : List.of("flac", "mp3", "m4a", "aiff")) {
      Path file = folder.resolve("speech." + ending);
      FfmpegTool.ffmpeg("-i", wav.toString(), file.toString());
      files.add(Files.readAllBytes(file));
    }
    Random random = new Random(4);
    Path damaged = folder.resolve("damaged");
    int read = 0;
    for (int i = 0; i < 250; i++) {
      byte[] file = files.get(i % files.size()).clone();
      for (int flips = 0; flips < 1 + i % 9; flips++) {
        file[random.nextInt(i % 2 == 0 ? 100 : file.length)] = (byte) random.nextInt();
      }
      Files.write(damaged, file);
      try (AudioFileReader reader = new AudioFileReader(damaged, CHUNK)) {
        read += chunks(reader).isEmpty() ? 0 : 1;
      } catch (MediaException e) {
        assertThat(e).hasMessageStartingWith("Audio " + damaged);
      }
    }
    assertThat(read).isBetween(50, 249);
  }

  @Test
  void refusesListsOfOtherFiles() throws Exception {
    TestWav.speech(16_000, 8_000).write(folder.resolve("speech.wav"));
    refuses(
        Files.writeString(
            folder.resolve("list.m3u8"),
            "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nspeech.wav\n#EXT-X-ENDLIST\n"),
        "is a list of other files (hls");
    refuses(
        Files.writeString(folder.resolve("list.txt"), "ffconcat version 1.0\nfile speech.wav\n"),
        "is a list of other files (concat");
  }

  @Test
  void refusesAWavHeaderThatLies() {
    TestWav wav = TestWav.speech(16_000, 800);
    wav.riffSize = 36L + 1600;
    wav.dataSize = 4_000_000L;
    refuses(wav, "4000000 bytes of sound do not fit into the 1644 bytes");
    wav = TestWav.speech(16_000, 800);
    wav.channels = 0;
    refuses(wav, "says 0 channels");
    wav = TestWav.speech(16_000, 800);
    wav.channels = 60_000;
    wav.frameBytes = 2;
    refuses(wav, "says 60000 channels, 1 to 8 are possible");
    wav = TestWav.speech(16_000, 800);
    wav.rate = 0;
    refuses(wav, "says 0 samples a second");
    wav = TestWav.speech(16_000, 800);
    wav.rate = 64;
    refuses(wav, "says 64 samples a second, 4000 to 768000 can be used");
    wav = TestWav.speech(16_000, 800);
    wav.rate = -1;
    refuses(wav, "says 4294967295 samples a second");
    wav = TestWav.speech(16_000, 800);
    wav.frameBytes = 7;
    refuses(wav, "1 channels of 16 bits do not make frames of 7 bytes");
    wav = TestWav.speech(16_000, 800);
    wav.bits = 0;
    refuses(wav, "0 bits");
  }

  @Test
  void memoryDoesNotGrowWithTheFile() {
    Path wav = TestWav.speech(16_000, 16_000 * 30).write(folder.resolve("long.wav"));
    long growth =
        NativeMemory.growth(
            60,
            () -> {
              try (AudioFileReader reader = new AudioFileReader(wav, CHUNK)) {
                Optional<PcmChunk> chunk = reader.next();
                while (chunk.isPresent()) {
                  assertThat(chunk.get().payload().length).isLessThanOrEqualTo(6400);
                  chunk = reader.next();
                }
              }
            });
    assertThat(growth).isLessThan(20L << 20);
  }

  private void refuses(TestWav wav, String words) {
    refuses(wav.write(folder.resolve("lies.wav")), words);
  }

  private static void refuses(Path file, String words) {
    assertThatThrownBy(
            () -> {
              try (AudioFileReader reader = new AudioFileReader(file, CHUNK)) {
                chunks(reader);
              }
            })
        .isInstanceOf(MediaException.class)
        .hasMessageContaining(words)
        .hasMessageContaining(file.toString())
        .hasMessageMatching("[^\\n]*\\.");
  }

  private AudioFileReader reader(TestWav wav) {
    return new AudioFileReader(wav.write(folder.resolve("test.wav")), CHUNK);
  }

  private static List<PcmChunk> chunks(AudioFileReader reader) {
    List<PcmChunk> chunks = new ArrayList<>();
    for (Optional<PcmChunk> chunk = reader.next(); chunk.isPresent(); chunk = reader.next()) {
      chunks.add(chunk.get());
    }
    return chunks;
  }

  private static byte[] joined(List<PcmChunk> chunks) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    chunks.forEach(c -> bytes.writeBytes(c.payload()));
    return bytes.toByteArray();
  }
}
