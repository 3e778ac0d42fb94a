package io.avatarflow.operators.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.operators.stage.BlockParameters;
import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.operators.stage.SessionInfo;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.schemas.BundledIdentity;
import io.avatarflow.schemas.Framing;
import io.avatarflow.schemas.IdlePolicy;
import io.avatarflow.schemas.OverrideFrame;
import io.avatarflow.schemas.OverrideTrack;
import io.avatarflow.schemas.OverrideValue;
import io.avatarflow.schemas.PackReference;
import io.avatarflow.schemas.ParametersMark;
import io.avatarflow.schemas.SessionEvent;
import io.avatarflow.schemas.SessionEventType;
import io.avatarflow.schemas.SessionOpen;
import io.avatarflow.schemas.SessionParameters;
import io.avatarflow.schemas.SessionSource;
import io.avatarflow.schemas.SessionUpdate;
import io.avatarflow.schemas.VideoCodec;
import io.avatarflow.schemas.VideoSettings;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SessionOpeningTest {
  private static final VideoSettings VIDEO = new VideoSettings(null, null, VideoCodec.H264, null);

  private IngestHarness ingest;

  @BeforeEach
  void start() {
    ingest = new IngestHarness(IngestHarness.manifest(), IngestOptions.DEFAULT);
  }

  private static SessionParameters.Builder parameters() {
    return SessionParameters.newBuilder(IngestHarness.noParameters());
  }

  private SessionInfo opened(SessionOpen open) {
    return ((SessionRecord.Start) ingest.send(open).get(0)).info();
  }

  private void assertRefused(SessionOpen open, String reason, String words) {
    List<SessionRecord> out = ingest.send(open);
    assertThat(out).hasSize(1);
    SessionEvent event = IngestHarness.events(out).get(0);
    assertThat(event.getType()).isEqualTo(SessionEventType.REFUSED);
    assertThat(event.getReason()).isEqualTo(reason);
    assertThat(event.getDetail()).contains(words);
    assertThat(ingest.state()).isEqualTo(IngestState.INITIAL);
  }

  private static SessionOpen withPack(String name, String digest) {
    return SessionOpen.newBuilder(IngestHarness.open())
        .setPack(new PackReference(name, digest))
        .build();
  }

  private static SessionOpen withVideo(
      Integer width, Integer height, VideoCodec codec, Integer bitrate) {
    return IngestHarness.open(
        IngestHarness.noParameters(), new VideoSettings(width, height, codec, bitrate));
  }

  @Test
  void defaultsAreThePacks() {
    SessionInfo info = opened(IngestHarness.open());
    assertThat(info.video()).isEqualTo(new SessionInfo.VideoSettings(256, 256, "H264", 409_600));
    assertThat(info.packName()).isEqualTo("reference");
    assertThat(info.packDigest()).isEqualTo(IngestHarness.DIGEST);
    assertThat(info.seed()).isEqualTo(7);
    assertThat(info.recorded()).isTrue();
    assertThat(info.identityPng()).containsExactly(1, 2, 3);
  }

  @Test
  void anotherPackOrDigestIsRefused() {
    assertRefused(withPack("other", null), "unknown-pack", "ask for \"reference\"");
    assertRefused(withPack("reference", "cd".repeat(32)), "other-pack-digest", "abab");
    assertThat(opened(withPack("reference", IngestHarness.DIGEST))).isNotNull();
  }

  @Test
  void videoOutOfRangeIsRefused() {
    assertRefused(withVideo(255, null, VideoCodec.H264, null), "bad-video", "width 255");
    assertRefused(withVideo(null, 0, VideoCodec.H264, null), "bad-video", "height 0");
    assertRefused(withVideo(62, null, VideoCodec.VP8, null), "bad-video", "64 to 1920");
    assertRefused(withVideo(null, 1922, VideoCodec.VP8, null), "bad-video", "height 1922");
    assertRefused(withVideo(null, null, VideoCodec.UNKNOWN, null), "bad-video", "H264 or VP8");
    assertRefused(withVideo(null, null, VideoCodec.VP8, 0), "bad-video", "bitrate 0");
    assertThat(opened(withVideo(512, 128, VideoCodec.VP8, 9000)).video())
        .isEqualTo(new SessionInfo.VideoSettings(512, 128, "VP8", 9000));
  }

  @Test
  void largestAndSmallestVideoOfTheEncoderIsAccepted() {
    assertThat(opened(withVideo(64, 1920, VideoCodec.H264, null)).video().height()).isEqualTo(1920);
  }

  @Test
  void anIdentityThatCannotBeUsedIsRefusedWithItsSentence() {
    SessionOpen open =
        SessionOpen.newBuilder(IngestHarness.open())
            .setIdentity(new BundledIdentity("x"))
            .setFraming(Framing.AUTO)
            .setSource(SessionSource.LIVE)
            .build();
    assertRefused(open, "bad-identity", "is not one of ada");
  }

  @Test
  void afterARefusalTheSessionMayOpen() {
    assertRefused(withPack("other", null), "unknown-pack", "other");
    assertThat(opened(IngestHarness.open())).isNotNull();
  }

  @Test
  void parametersOutOfThePacksRangeAreRefused() {
    assertRefusedParameters(parameters().setSteps(0), "steps is 0; use a whole number from 1 to 8");
    assertRefusedParameters(parameters().setSteps(9), "from 1 to 8");
    assertRefusedParameters(parameters().setMotionSteps(51), "from 1 to 50");
    assertRefusedParameters(
        parameters().setSampler("lcm"), "sampler is \"lcm\"; use one of ddim, euler");
    assertRefusedParameters(parameters().setSchedule("sigmoid"), "linear, cosine");
    assertRefusedParameters(parameters().setGuidance(Float.NaN), "guidance is NaN");
    assertRefusedParameters(parameters().setIdentityStrength(1.1f), "from 0 to 1");
    assertRefusedParameters(parameters().setValence(-1.5f), "from -1 to 1");
    assertRefusedParameters(parameters().setIdlePolicy(IdlePolicy.UNKNOWN), "ANIMATE, HOLD");
  }

  private void assertRefusedParameters(SessionParameters.Builder parameters, String words) {
    assertRefused(IngestHarness.open(parameters.build(), VIDEO), "bad-parameters", words);
  }

  @Test
  void aBadUpdateIsRejectedAsAWhole() {
    ingest.send(IngestHarness.open());
    IngestState before = ingest.state();
    List<SessionRecord> out =
        ingest.send(new SessionUpdate(parameters().setGuidance(2f).setSteps(99).build()));
    assertThat(IngestHarness.rejects(out)).hasSize(1);
    assertThat(ingest.state().parameters()).isEqualTo(before.parameters());
  }

  private static OverrideTrack track(long firstFrame, OverrideValue... values) {
    return new OverrideTrack(
        firstFrame,
        LongStream.range(0, values.length)
            .mapToObj(i -> new OverrideFrame(List.of(values[(int) i])))
            .toList());
  }

  @Test
  void anOverrideReachesItsFramesAndNoOthers() {
    SessionParameters override =
        parameters()
            .setOverride(track(3, new OverrideValue(16, 1f), new OverrideValue(17, 0.5f)))
            .build();
    ingest.send(IngestHarness.open(override, VIDEO));
    ingest.send(IngestHarness.chunk(0, 0, 16_000, new float[6 * 640], false));
    List<MediaBlock> blocks =
        IngestHarness.blocks(
            ingest.send(IngestHarness.chunk(0, 6 * 640, 16_000, new float[4 * 640], false)));
    List<MediaBlock> all = IngestHarness.blocks(ingest.all());
    assertThat(all).hasSize(4);
    assertThat(all.get(0).parameters().override()).isEmpty();
    assertThat(all.get(1).parameters().override())
        .containsExactly(new BlockParameters.OverrideFrame(1, 16, 1f));
    assertThat(blocks.get(0).parameters().override())
        .containsExactly(new BlockParameters.OverrideFrame(0, 17, 0.5f));
    assertThat(all.get(3).parameters().override()).isEmpty();
    assertThat(ingest.state().parameters().orElseThrow().override())
        .isEqualTo(OverrideTimeline.NONE);
  }

  @Test
  void theMarkCarriesWhatIsLeftOfTheOverride() {
    OverrideTrack track = track(1, new OverrideValue(0, 1f), new OverrideValue(1, 1f));
    ingest.send(IngestHarness.open(parameters().setOverride(track).build(), VIDEO));
    ingest.send(IngestHarness.chunk(0, 0, 16_000, new float[4 * 640], false));
    List<SessionRecord> out = ingest.send(new SessionUpdate(parameters().setSteps(1).build()));
    assertThat(IngestHarness.marks(out, ParametersMark.class).get(0).getParameters().getOverride())
        .isEqualTo(track(2, new OverrideValue(1, 1f)));
    List<SessionRecord> removed =
        ingest.send(
            new SessionUpdate(parameters().setOverride(new OverrideTrack(0L, List.of())).build()));
    assertThat(
            IngestHarness.marks(removed, ParametersMark.class).get(0).getParameters().getOverride())
        .isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "-1, 0, 1, is negative",
    "0, 32, 1, channel 32 is not in 0 to 31",
    "0, -1, 1, channel -1",
    "0, 3, NaN, channel 3 is NaN"
  })
  void overridesThatMakeNoSenseAreRefused(long firstFrame, int channel, float value, String words) {
    OverrideTrack track = track(firstFrame, new OverrideValue(channel, value));
    assertRefusedParameters(parameters().setOverride(track), words);
  }

  @Test
  void aHugeOrFarOverrideIsBounded() {
    OverrideValue[] values = new OverrideValue[OverrideTimeline.MAX_VALUES + 1];
    Arrays.fill(values, new OverrideValue(1, 1f));
    assertRefusedParameters(parameters().setOverride(track(0, values)), "send the track in pieces");
    OverrideTrack far = track(Long.MAX_VALUE, new OverrideValue(1, 1f));
    ingest.send(IngestHarness.open(parameters().setOverride(far).build(), VIDEO));
    ingest.send(IngestHarness.chunk(0, 0, 16_000, new float[4 * 640], false));
    assertThat(IngestHarness.blocks(ingest.all()).get(0).parameters().override()).isEmpty();
  }
}
