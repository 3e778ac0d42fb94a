package io.avatarflow.operators.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.avatarflow.operators.stage.BlockParameters;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class IngestStateCodecTest {
  private static final BlockParameters PARAMETERS = parameters(750_000);

  private static final Pace PACE =
      new Pace(
          1_699_999_990_000_000L,
          250_000,
          true,
          true,
          true,
          2,
          17,
          new Pace.Lag(true, 90_000, 160_000, -5, -6, true));

  /** As sessions of before version 4 are read. */
  private static final Pace OLDER_PACE =
      new Pace(
          PACE.openMicros(),
          PACE.shiftMicros(),
          true,
          true,
          true,
          2,
          0,
          new Pace.Lag(false, 0, 160_000, -5, -5, false));

  private static final IngestState EXAMPLE = example(750_000, PACE, new FarAudio(3, 900_000));

  private static BlockParameters parameters(int videoBitrate) {
    return new BlockParameters(
        4,
        "ddim",
        2,
        "dpmpp-2m",
        "cosine",
        1.5f,
        1f,
        0.7f,
        0.25f,
        -1f,
        0.5f,
        "HOLD",
        videoBitrate,
        List.of());
  }

  private static IngestState example(int videoBitrate, Pace pace, FarAudio refused) {
    return new IngestState(
        Optional.of(
            new ParameterTrack(
                parameters(videoBitrate),
                new OverrideTimeline(
                    50,
                    List.of(
                        List.of(
                            new OverrideTimeline.Value(16, 1f),
                            new OverrideTimeline.Value(17, 0.5f)),
                        List.of())))),
        new EpochClock(3, 44_100, 70, 2, 9),
        new JitterBuffer(
            new AudioRun(60, new float[] {0.5f, -0.5f, 0f}),
            List.of(new AudioRun(70, new float[] {1f})),
            List.of(71L),
            List.of(new JitterBuffer.Gap(61, 63))),
        refused,
        1_700_000_000_000_000L,
        4711,
        pace,
        DecisionScript.of(
            List.of(
                new DecisionScript.Decision(9, 11_520, 640, 1, 4710),
                new DecisionScript.Decision(10, 12_160, 0, 0, 4711))));
  }

  @Test
  void bytesOfVersionFiveAreReadAndWrittenForEver() throws IOException {
    byte[] golden = golden(5);
    assertThat(HexFormat.of().formatHex(IngestHarness.bytes(EXAMPLE)))
        .isEqualTo(HexFormat.of().formatHex(golden));
    assertThat(read(5, golden)).isEqualTo(EXAMPLE);
  }

  @Test
  void aSessionOfVersionFourHadNothingRefused() throws IOException {
    assertThat(read(4, golden(4))).isEqualTo(example(750_000, PACE, FarAudio.NONE));
  }

  @Test
  void aSessionOfVersionThreeIsNotLiveAndWasNotSilent() throws IOException {
    assertThat(read(3, golden(3))).isEqualTo(example(750_000, OLDER_PACE, FarAudio.NONE));
  }

  @Test
  void aSessionOfVersionTwoHasTheBitrateItWasOpenedWith() throws IOException {
    assertThat(read(2, golden(2))).isEqualTo(example(0, OLDER_PACE, FarAudio.NONE));
  }

  @Test
  void aSessionOfVersionOneCountsAsOpenedWithItsLastInput() throws IOException {
    assertThat(read(1, golden(1)))
        .isEqualTo(
            new IngestState(
                example(0, OLDER_PACE, FarAudio.NONE).parameters(),
                EXAMPLE.clock(),
                EXAMPLE.buffer(),
                FarAudio.NONE,
                EXAMPLE.lastInputMicros(),
                EXAMPLE.lastOffset(),
                Pace.openedAt(EXAMPLE.lastInputMicros(), false),
                DecisionScript.EMPTY));
  }

  private static IngestState read(int version, byte[] bytes) throws IOException {
    return IngestState.CODEC.read(version, new DataInputStream(new ByteArrayInputStream(bytes)));
  }

  private static byte[] golden(int version) throws IOException {
    try (InputStream in =
        IngestStateCodecTest.class.getResourceAsStream(
            "/golden/ingest-state-%d.hex".formatted(version))) {
      String text = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
      return HexFormat.of().parseHex(text.replaceAll("\\s", ""));
    }
  }

  @Property(tries = 200)
  void anyStateSurvives(@ForAll long seed) {
    IngestState state = random(new Random(seed));
    assertThat(IngestHarness.copy(state)).isEqualTo(state).hasSameHashCodeAs(state);
  }

  private static IngestState random(Random random) {
    List<AudioRun> islands = new ArrayList<>();
    List<Long> ends = new ArrayList<>();
    List<JitterBuffer.Gap> gaps = new ArrayList<>();
    for (int i = random.nextInt(5); i > 0; i--) {
      islands.add(run(random));
      ends.add(random.nextLong());
      gaps.add(new JitterBuffer.Gap(random.nextLong(), random.nextLong()));
    }
    List<List<OverrideTimeline.Value>> frames = new ArrayList<>();
    for (int i = random.nextInt(5); i > 0; i--) {
      frames.add(List.of(new OverrideTimeline.Value(random.nextInt(), random.nextFloat())));
    }
    return new IngestState(
        random.nextBoolean()
            ? Optional.empty()
            : Optional.of(
                new ParameterTrack(PARAMETERS, new OverrideTimeline(random.nextLong(), frames))),
        new EpochClock(
            random.nextLong(),
            random.nextInt(),
            random.nextLong(),
            random.nextLong(),
            random.nextLong()),
        new JitterBuffer(run(random), islands, ends, gaps),
        new FarAudio(random.nextLong(), random.nextLong()),
        random.nextLong(),
        random.nextLong(),
        new Pace(
            random.nextLong(),
            random.nextLong(),
            random.nextBoolean(),
            random.nextBoolean(),
            random.nextBoolean(),
            random.nextInt(),
            random.nextInt(),
            new Pace.Lag(
                random.nextBoolean(),
                random.nextLong(),
                random.nextLong(),
                random.nextLong(),
                random.nextLong(),
                random.nextBoolean())),
        script(random));
  }

  private static DecisionScript script(Random random) {
    List<DecisionScript.Decision> decisions = new ArrayList<>();
    for (int i = random.nextInt(5); i > 0; i--) {
      decisions.add(
          new DecisionScript.Decision(
              random.nextLong(),
              random.nextLong(),
              random.nextInt(),
              random.nextInt(),
              random.nextLong()));
    }
    return DecisionScript.of(decisions);
  }

  private static AudioRun run(Random random) {
    float[] samples = new float[random.nextInt(50)];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = random.nextFloat();
    }
    return new AudioRun(random.nextLong(), samples);
  }

  @Test
  void brokenBytesAreRefusedBeforeMemoryIsTaken() {
    byte[] bytes = IngestHarness.bytes(IngestState.INITIAL);
    bytes[1 + 36 + 8] = 0x7f;
    assertThatThrownBy(
            () -> IngestState.CODEC.read(1, new DataInputStream(new ByteArrayInputStream(bytes))))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("it is broken");
  }

  @Test
  void aNewerVersionIsRefused() {
    assertThatThrownBy(
            () ->
                IngestState.CODEC.read(
                    6, new DataInputStream(new ByteArrayInputStream(new byte[0]))))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("version 6");
  }
}
