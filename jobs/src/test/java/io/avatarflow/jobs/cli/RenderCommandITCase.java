package io.avatarflow.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The render command in this process, with the probe pack. */
class RenderCommandITCase {
  private static final double SECONDS = 1.01;

  @TempDir Path folder;

  private record Result(int code, List<String> errors) {}

  @BeforeEach
  void writeInputs() throws IOException {
    byte[] sound = tone(SECONDS);
    Files.write(folder.resolve("good.wav"), sound);
    Files.write(folder.resolve("empty.wav"), new byte[0]);
    Files.writeString(folder.resolve("text.wav"), "This is no sound.");
    Files.write(folder.resolve("silent.wav"), tone(0));
    byte[] lying = sound.clone();
    ByteBuffer.wrap(lying).order(ByteOrder.LITTLE_ENDIAN).putShort(22, (short) 99);
    Files.write(folder.resolve("lying.wav"), lying);
    Files.writeString(folder.resolve("text.png"), "This is no picture.");
    Files.createDirectory(folder.resolve("folder.mp4"));
  }

  @Test
  void aSeedGivesItsFramesAgainAndAnotherSeedGivesOthers() throws IOException {
    JsonNode first = render("a", "7");
    JsonNode again = render("b", "7");
    JsonNode other = render("c", "8");

    assertThat(first.get("frames").asInt()).isEqualTo((int) Math.ceil(SECONDS * 25));
    assertThat(first.get("durationSeconds").asDouble()).isEqualTo(SECONDS);
    assertThat(first.get("fps").asDouble()).isEqualTo(25);
    assertThat(first.get("pack").asText()).isEqualTo("probe");
    assertThat(first.get("seed").asLong()).isEqualTo(7);
    assertThat(first.get("synthetic").asBoolean()).isTrue();
    assertThat(first.get("realTimeFactor").asDouble()).isPositive();
    assertThat(first.at("/latencyMillis/p50").asDouble())
        .isGreaterThanOrEqualTo(first.at("/engineLatencyMillis/p50").asDouble());
    for (String stage : List.of("features", "motion", "denoise", "blend", "decode", "encode")) {
      assertThat(first.at("/stages/" + stage + "/p99").isNumber()).as(stage).isTrue();
    }
    assertThat(first.get("framesDigest").asText())
        .hasSize(64)
        .isEqualTo(again.get("framesDigest").asText())
        .isNotEqualTo(other.get("framesDigest").asText());
  }

  private JsonNode render(String name, String seed) throws IOException {
    Path report = folder.resolve(name + ".json");
    Result result =
        run(
            "render",
            "--pack=probe",
            "--audio=" + folder.resolve("good.wav"),
            "--out=" + folder.resolve(name + ".mp4"),
            "--seed=" + seed,
            "--frames-dir=" + folder.resolve(name),
            "--report=" + report);
    assertThat(result.errors()).noneMatch(line -> line.startsWith("avatarflow:"));
    assertThat(result.code()).isZero();
    JsonNode json = new ObjectMapper().readTree(report.toFile());
    assertThat(folder.resolve(name + ".mp4")).isNotEmptyFile();
    assertThat(names(folder.resolve(name)))
        .hasSize(json.get("frames").asInt())
        .contains("frame-000000.png", "frame-000025.png");
    return json;
  }

  @ParameterizedTest
  @CsvSource({
    "1, does not exist, --audio=none.wav",
    "1, is a folder, --audio=.",
    "1, is empty, --audio=empty.wav",
    "1, no sound, --audio=text.wav",
    "1, no sound, --audio=silent.wav",
    "1, channels, --audio=lying.wav",
    "1, no picture, --identity=text.png",
    "1, does not exist, --identity=none.png",
    "1, neither a file nor bundled, --identity=nobody",
    "1, neither bundled, --pack=nowhere",
    "1, is a folder, --out=folder.mp4",
    "1, does not exist, --out=none/x.mp4",
    "1, does not exist, --report=none/x.json",
    "1, does not exist, --contact-sheet=none/x.png",
    "1, is a file, --frames-dir=good.wav",
    "2, use h264 or vp8, --codec=av1",
    "2, does not fit codec, --codec=vp8 --out=x.mp4",
    "2, use one of ddpm, --sampler=heun",
    "2, steps is 0, --steps=0",
    "2, guidance is 99, --guidance=99",
    "2, guidance is NaN, --guidance=NaN",
    "2, temporalWeight is 1.5, --temporal-weight=1.5",
    "2, --size 3, --size=3",
    "2, --size, --size=wide",
    "2, Unknown option, --colour=red",
    "2, empty value, --identity="
  })
  void whatCannotBeDoneIsRefusedInOneLineBeforeAnythingStarts(
      int code, String words, String options) throws IOException {
    assertRefused(code, words, options);
  }

  @Test
  void aPortInUseIsRefusedInOneLineBeforeAnythingStarts() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertRefused(1, "is in use", "--broker-port=" + socket.getLocalPort());
    }
  }

  private void assertRefused(int code, String words, String options) throws IOException {
    List<String> before = names(folder);
    List<String> args = new ArrayList<>(List.of("render"));
    for (String option : options.split(" ")) {
      args.add(
          option.matches("--(audio|out|report|contact-sheet|frames-dir)=.*|--identity=.*[.].*")
              ? option.replaceFirst("=(.*)", "=" + folder + "/$1")
              : option);
    }
    addUnlessGiven(args, "--pack=probe");
    addUnlessGiven(args, "--audio=" + folder.resolve("good.wav"));
    addUnlessGiven(args, "--out=" + folder.resolve("out.mp4"));

    Result result = run(args.toArray(String[]::new));

    assertThat(result.errors()).hasSize(1).first().asString().startsWith("avatarflow: ");
    assertThat(result.errors().get(0)).contains(words);
    assertThat(result.code()).isEqualTo(code);
    assertThat(names(folder)).isEqualTo(before);
  }

  private static void addUnlessGiven(List<String> args, String option) {
    String name = option.substring(0, option.indexOf('=') + 1);
    if (args.stream().noneMatch(arg -> arg.startsWith(name))) {
      args.add(option);
    }
  }

  private static Result run(String... args) {
    PrintStream err = System.err;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    try {
      int code = AvatarFlow.run(args);
      return new Result(code, bytes.toString(StandardCharsets.UTF_8).lines().toList());
    } finally {
      System.setErr(err);
    }
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  /** A WAV file of 16 bits, one channel and 16 kHz. */
  private static byte[] tone(double seconds) {
    int samples = (int) Math.round(seconds * 16_000);
    ByteBuffer wav = ByteBuffer.allocate(44 + 2 * samples).order(ByteOrder.LITTLE_ENDIAN);
    wav.put("RIFF".getBytes(StandardCharsets.US_ASCII)).putInt(36 + 2 * samples);
    wav.put("WAVEfmt ".getBytes(StandardCharsets.US_ASCII)).putInt(16);
    wav.putShort((short) 1).putShort((short) 1).putInt(16_000).putInt(32_000);
    wav.putShort((short) 2).putShort((short) 16);
    wav.put("data".getBytes(StandardCharsets.US_ASCII)).putInt(2 * samples);
    for (int i = 0; i < samples; i++) {
      wav.putShort((short) (9_000 * Math.sin(i * 0.07) * Math.sin(i * 0.0015)));
    }
    return wav.array();
  }
}
