package io.avatarflow.schemas;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One record of every kind, with every field set to a value of its own. Never changed, only added
 * to.
 */
final class SampleRecords {
  private static final String KEY = "acme/call-0017";
  private static final String DIGEST = "0123456789abcdef".repeat(4);

  private SampleRecords() {}

  /** Returns the input records by name. */
  static Map<String, SessionInput> inputs() {
    Map<String, SessionInput> samples = new LinkedHashMap<>();
    samples.put("open-inline", input(open(InlineImage.newBuilder().setBytes(bytes(64)).build())));
    samples.put("open-bundled", input(open(BundledIdentity.newBuilder().setName("ada").build())));
    samples.put("open-path", input(open(IdentityPath.newBuilder().setPath("faces/ß.png").build())));
    samples.put("open-defaults", input(defaultOpen()));
    samples.put(
        "audio",
        input(
            AudioChunk.newBuilder()
                .setEpoch(3)
                .setFirstSample(48_000L)
                .setSampleRate(24_000)
                .setChannels(2)
                .setEncoding(AudioEncoding.PCM_F32LE)
                .setPayload(bytes(160))
                .setEndOfSegment(true)
                .build()));
    samples.put("update", input(SessionUpdate.newBuilder().setParameters(parameters()).build()));
    samples.put("interrupt", input(Interrupt.newBuilder().setNewEpoch(4).build()));
    samples.put("key-frame-request", input(KeyFrameRequest.newBuilder().build()));
    samples.put("close", input(SessionClose.newBuilder().setMode(CloseMode.NOW).build()));
    return samples;
  }

  /** Returns the output records by name. */
  static Map<String, SessionOutput> outputs() {
    Map<String, SessionOutput> samples = new LinkedHashMap<>();
    samples.put("frame", output(frame()));
    samples.put("open-mark", mark(openMark()));
    samples.put(
        "parameters-mark",
        mark(ParametersMark.newBuilder().setBlock(8).setParameters(parameters()).build()));
    samples.put("decision-mark", mark(decisionMark()));
    samples.put("flush-mark", mark(FlushMark.newBuilder().setEpoch(4).build()));
    samples.put(
        "segment-end-mark",
        mark(SegmentEndMark.newBuilder().setBlock(91).setAtSample(116_200L).build()));
    samples.put(
        "skipped-mark", mark(SkippedMark.newBuilder().setFromBlock(20).setToBlock(25).build()));
    samples.put(
        "restored-mark",
        mark(RestoredMark.newBuilder().setGapMicros(812_345L).setBlock(20).build()));
    samples.put(
        "close-mark",
        mark(
            CloseMark.newBuilder()
                .setReason(CloseReason.MAX_DURATION)
                .setDetail("The session reached 4 h.")
                .setVideoFrames(360_000L)
                .setAudioPackets(720_000L)
                .build()));
    return samples;
  }

  /** Returns the event records by name. */
  static Map<String, SessionEvent> events() {
    return Map.of(
        "event",
        SessionEvent.newBuilder()
            .setSessionKey(KEY)
            .setAtSample(16_000L)
            .setType(SessionEventType.EXPIRED)
            .setReason("idle-timeout")
            .setDetail("No input came for 60 s.")
            .build());
  }

  private static SessionInput input(Object body) {
    return SessionInput.newBuilder()
        .setSessionKey(KEY)
        .setProducedAtMicros(1_700_000_000_123_456L)
        .setBody(body)
        .build();
  }

  private static SessionOutput output(Object body) {
    return SessionOutput.newBuilder()
        .setSessionKey(KEY)
        .setEpoch(3)
        .setAttempt(2)
        .setBody(body)
        .build();
  }

  private static SessionOutput mark(Object body) {
    return output(StreamMark.newBuilder().setBody(body).build());
  }

  private static SessionOpen open(Object identity) {
    return SessionOpen.newBuilder()
        .setPack(PackReference.newBuilder().setName("reference").setDigest(DIGEST).build())
        .setIdentity(identity)
        .setFraming(Framing.GIVEN)
        .setSeed(Long.MIN_VALUE)
        .setVideo(
            VideoSettings.newBuilder()
                .setWidth(512)
                .setHeight(384)
                .setCodec(VideoCodec.VP8)
                .setBitrate(900_000)
                .build())
        .setParameters(parameters())
        .setSource(SessionSource.RECORDED)
        .build();
  }

  private static SessionOpen defaultOpen() {
    return SessionOpen.newBuilder()
        .setPack(PackReference.newBuilder().setName("reference").build())
        .setIdentity(BundledIdentity.newBuilder().setName("ada").build())
        .setVideo(VideoSettings.newBuilder().build())
        .setParameters(SessionParameters.newBuilder().build())
        .build();
  }

  private static SessionParameters parameters() {
    return SessionParameters.newBuilder()
        .setSteps(4)
        .setSampler("dpmpp-2m")
        .setMotionSteps(3)
        .setMotionSampler("ddpm")
        .setSchedule("cosine")
        .setGuidance(1.5f)
        .setIdentityStrength(0.875f)
        .setTemporalWeight(0.75f)
        .setSmoothing(0.25f)
        .setValence(-0.5f)
        .setArousal(0.125f)
        .setIdlePolicy(IdlePolicy.HOLD)
        .setOverride(
            OverrideTrack.newBuilder()
                .setFirstFrame(50)
                .setFrames(
                    List.of(
                        OverrideFrame.newBuilder()
                            .setValues(
                                List.of(new OverrideValue(0, 0.5f), new OverrideValue(24, -1f)))
                            .build(),
                        OverrideFrame.newBuilder().setValues(List.of()).build()))
                .build())
        .build();
  }

  private static EncodedFrame frame() {
    return EncodedFrame.newBuilder()
        .setTrack(Track.VIDEO)
        .setIndex(17)
        .setPts(61_200L)
        .setDuration(3_600)
        .setKeyFrame(true)
        .setDiscontinuity(true)
        .setPayload(bytes(200))
        .setAudioFirstSample(10_880L)
        .setAudioSampleCount(640)
        .setFlags(new FrameFlags(true, false, true, false))
        .setBlock(8)
        .setRung(1)
        .setSteps(2)
        .setBatchSize(16)
        .setPixelHash(0xfedcba9876543210L)
        .setTrace(
            FrameTrace.newBuilder()
                .setIngestMicros(1_700_000_000_200_000L)
                .setReleaseMicros(1_700_000_000_200_100L)
                .setEmitMicros(1_700_000_000_231_000L)
                .setStages(
                    List.of(
                        new StageTrace("motion", 40L, 2_100L, 0L),
                        new StageTrace("denoise", 9L, 11_300L, 0L)))
                .build())
        .build();
  }

  private static OpenMark openMark() {
    return OpenMark.newBuilder()
        .setCodec(VideoCodec.H264)
        .setProfile("avc1.42c01f")
        .setWidth(256)
        .setHeight(256)
        .setFpsNumerator(25)
        .setFpsDenominator(1)
        .setFramesPerBlock(2)
        .setMediaSampleRate(16_000)
        .setAudioSampleRate(48_000)
        .setAudioChannels(1)
        .setPackName("reference")
        .setPackDigest(DIGEST)
        .setSeed(-7)
        .setSynthetic(true)
        .build();
  }

  private static DecisionMark decisionMark() {
    return DecisionMark.newBuilder()
        .setBlock(9)
        .setFirstSample(11_520L)
        .setSampleCount(700)
        .setFill(BlockFill.UNDERFLOW)
        .setConcealed(List.of(new SampleRange(11_600L, 40)))
        .setRung(2)
        .setLastInputOffset(123_456_789_012L)
        .build();
  }

  private static ByteBuffer bytes(int length) {
    StringBuilder text = new StringBuilder();
    while (text.length() < length) {
      text.append((char) (' ' + text.length() % 95));
    }
    return ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.US_ASCII));
  }
}
