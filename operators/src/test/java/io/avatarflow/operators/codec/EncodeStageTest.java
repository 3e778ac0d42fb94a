package io.avatarflow.operators.codec;

import static io.avatarflow.operators.codec.TestBlocks.KEY;
import static io.avatarflow.operators.codec.TestBlocks.SIZE;
import static io.avatarflow.operators.codec.TestBlocks.block;
import static io.avatarflow.operators.codec.TestBlocks.info;
import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.operators.stage.BlockParameters;
import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.operators.stage.MediaBlock.BlockFlags;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.operators.stage.Turn;
import io.avatarflow.operators.tensor.ElementType;
import io.avatarflow.operators.tensor.Tensor;
import io.avatarflow.schemas.CloseMark;
import io.avatarflow.schemas.CloseReason;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.OpenMark;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.StreamMark;
import io.avatarflow.schemas.Track;
import io.avatarflow.schemas.VideoCodec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EncodeStageTest {
  private static final EncodeStage.Format AT_25 = new EncodeStage.Format(25, 2, SIZE, SIZE, 16_000);
  private static final EncodeStage.Format AT_30 = new EncodeStage.Format(30, 1, SIZE, SIZE, 24_000);

  private final List<TestSession> sessions = new ArrayList<>();

  @AfterEach
  void closeEncoders() {
    for (TestSession session : sessions) {
      session.loseEncoders();
    }
  }

  @Test
  void theOpenMarkSaysWhatStaysConstantAndTheStartPassesOn() {
    List<SessionRecord> records = open(AT_25, "H264").opened;
    assertThat(records).hasSize(2);
    assertThat(records.get(0)).isInstanceOf(SessionRecord.Start.class);
    OpenMark mark = (OpenMark) ((StreamMark) output(records.get(1)).getBody()).getBody();
    assertThat(mark.getCodec()).isEqualTo(VideoCodec.H264);
    assertThat(mark.getProfile()).startsWith("avc1.42");
    assertThat(List.of(mark.getWidth(), mark.getHeight())).containsExactly(SIZE, SIZE);
    assertThat(List.of(mark.getFpsNumerator(), mark.getFpsDenominator())).containsExactly(25, 1);
    assertThat(List.of(mark.getFramesPerBlock(), mark.getMediaSampleRate()))
        .containsExactly(2, 16_000);
    assertThat(List.of(mark.getAudioSampleRate(), mark.getAudioChannels()))
        .containsExactly(48_000, 1);
    assertThat(mark.getPackName()).isEqualTo("probe");
    assertThat(mark.getSeed()).isEqualTo(7);
    assertThat(mark.getSynthetic()).isTrue();
  }

  @Test
  void everyPictureAndEveryCompletePacketBecomesAFrameOnOneTimeline() {
    TestSession session = open(AT_25, "H264");
    session.run(block(AT_25, 0));
    List<EncodedFrame> frames = frames(session.run(block(AT_25, 1)));
    assertThat(frames)
        .extracting(EncodedFrame::getTrack)
        .containsExactly(
            Track.VIDEO, Track.AUDIO, Track.AUDIO, Track.VIDEO, Track.AUDIO, Track.AUDIO);
    assertThat(track(frames, Track.VIDEO))
        .extracting(EncodedFrame::getIndex)
        .containsExactly(2L, 3L);
    assertThat(track(frames, Track.VIDEO))
        .extracting(EncodedFrame::getPts)
        .containsExactly(7200L, 10800L);
    assertThat(track(frames, Track.VIDEO)).extracting(EncodedFrame::getDuration).containsOnly(3600);
    assertThat(track(frames, Track.VIDEO))
        .extracting(EncodedFrame::getAudioFirstSample)
        .containsExactly(1280L, 1920L);
    assertThat(track(frames, Track.VIDEO))
        .extracting(EncodedFrame::getAudioSampleCount)
        .containsOnly(640);
    assertThat(track(frames, Track.AUDIO))
        .extracting(EncodedFrame::getIndex)
        .containsExactly(4L, 5L, 6L, 7L);
    assertThat(track(frames, Track.AUDIO))
        .extracting(EncodedFrame::getPts)
        .containsExactly(3840L, 4800L, 5760L, 6720L);
    assertThat(track(frames, Track.AUDIO))
        .extracting(EncodedFrame::getAudioFirstSample)
        .startsWith(1280L, 1600L);
    assertThat(track(frames, Track.AUDIO))
        .extracting(EncodedFrame::getAudioSampleCount)
        .containsOnly(320);
    EncodedFrame first = frames.get(0);
    assertThat(first.getBlock()).isEqualTo(1);
    assertThat(List.of(first.getRung(), first.getSteps(), first.getBatchSize()))
        .containsExactly(1, 3, 9);
    assertThat(first.getFlags().getConcealed()).isTrue();
    assertThat(first.getTrace().getIngestMicros()).isEqualTo(1000);
    assertThat(first.getTrace().getReleaseMicros()).isEqualTo(1005);
    assertThat(first.getTrace().getStages()).hasSize(2);
    assertThat(frames).noneMatch(f -> f.getDiscontinuity() || f.getFlags().getRestored());
  }

  @Test
  void thePixelHashIsThatOfThePictureWhateverTheCodecAndTheSize() {
    byte[] second = TestPictures.frame(SIZE, SIZE, 1);
    long expected = PixelHash.of(second, 0, second.length);
    for (TestSession session :
        List.of(open(AT_25, "H264"), open(AT_25, "VP8"), open(AT_25, "H264", 128))) {
      List<EncodedFrame> frames = frames(session.run(block(AT_25, 0)));
      assertThat(track(frames, Track.VIDEO).get(1).getPixelHash()).isEqualTo(expected);
      assertThat(track(frames, Track.AUDIO))
          .extracting(EncodedFrame::getPixelHash)
          .containsOnly(0L);
    }
  }

  @Test
  void soundTooShortForAPacketWaitsForTheNextBlock() {
    TestSession session = open(AT_30, "VP8");
    List<Long> packets = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      track(frames(session.run(block(AT_30, i))), Track.AUDIO)
          .forEach(f -> packets.add(f.getIndex()));
      assertThat(session.state.nextPacket() * 960 + session.state.remainder().length)
          .isEqualTo(1600L * (i + 1));
    }
    assertThat(packets).containsExactlyElementsOf(LongStream.range(0, 10).boxed().toList());
  }

  @Test
  void theEndGivesTheRestOfTheSoundThenTheCloseMarkThenItself() {
    TestSession session = open(AT_25, "H264");
    session.run(block(AT_25, 0));
    // 10 ms of sound: one picture, less than a packet.
    MediaBlock last = TestBlocks.withAudio(block(AT_25, 1).block(), 480, 1);
    assertThat(frames(session.run(new SessionRecord.Block(last))))
        .extracting(EncodedFrame::getTrack)
        .containsExactly(Track.VIDEO);
    List<SessionRecord> records = session.run(new SessionRecord.End(KEY, "CLOSED"));
    List<EncodedFrame> rest = frames(records);
    assertThat(rest).extracting(EncodedFrame::getIndex).containsExactly(4L);
    assertThat(rest).extracting(EncodedFrame::getAudioSampleCount).containsExactly(160);
    CloseMark mark = closeMark(records);
    assertThat(mark.getReason()).isEqualTo(CloseReason.CLOSED);
    assertThat(mark.getVideoFrames()).isEqualTo(3);
    assertThat(mark.getAudioPackets()).isEqualTo(5);
    assertThat(records.get(records.size() - 1)).isEqualTo(new SessionRecord.End(KEY, "CLOSED"));
  }

  @Test
  void theEndLetsTheDecoderPlayTheLastSampleInSpiteOfTheLookAhead() {
    TestSession session = open(AT_25, "H264");
    List<EncodedFrame> frames = new ArrayList<>(frames(session.run(block(AT_25, 0))));
    frames.addAll(frames(session.run(new SessionRecord.End(KEY, "CLOSED"))));
    List<EncodedFrame> packets = track(frames, Track.AUDIO);
    assertThat(packets).hasSize(5);
    assertThat(packets.get(4).getAudioSampleCount()).isZero();
    short[] decoded =
        OpusTestDecoder.decode(packets.stream().map(EncodeStageTest::payload).toList());
    assertThat(decoded.length - OpusEncoder.LOOK_AHEAD).isGreaterThanOrEqualTo(3840);
  }

  @Test
  void aSessionWithoutSoundClosesWithoutPackets() {
    List<SessionRecord> records = open(AT_25, "H264").run(new SessionRecord.End(KEY, "IDLE"));
    assertThat(frames(records)).isEmpty();
    assertThat(closeMark(records).getReason()).isEqualTo(CloseReason.IDLE);
  }

  @Test
  void lostEncodersAreMadeAgainAndTheFirstFrameOfEachTrackSaysSo() {
    TestSession session = open(AT_25, "H264");
    for (int i = 0; i < 3; i++) {
      session.run(block(AT_25, i));
    }
    session.loseEncoders();
    List<EncodedFrame> frames = frames(session.run(block(AT_25, 3)));
    for (Track track : List.of(Track.VIDEO, Track.AUDIO)) {
      List<EncodedFrame> ofTrack = track(frames, track);
      assertThat(ofTrack.get(0).getKeyFrame()).isTrue();
      assertThat(ofTrack.get(0).getDiscontinuity()).isTrue();
      assertThat(ofTrack.get(0).getFlags().getRestored()).isTrue();
      assertThat(ofTrack.subList(1, ofTrack.size()))
          .noneMatch(f -> f.getDiscontinuity() || f.getFlags().getRestored());
    }
    assertThat(track(frames, Track.VIDEO))
        .extracting(EncodedFrame::getIndex)
        .containsExactly(6L, 7L);
  }

  @Test
  void lostEncodersChangeNoHashAndNoPlaceOfAFrame() {
    TestSession kept = open(AT_30, "H264");
    TestSession lost = open(AT_30, "H264");
    for (int i = 0; i < 8; i++) {
      List<EncodedFrame> expected = frames(kept.run(block(AT_30, i)));
      List<EncodedFrame> actual = frames(lost.run(block(AT_30, i)));
      assertThat(actual)
          .map(EncodedFrame::getPixelHash)
          .isEqualTo(expected.stream().map(EncodedFrame::getPixelHash).toList());
      assertThat(actual)
          .map(EncodedFrame::getPts)
          .isEqualTo(expected.stream().map(EncodedFrame::getPts).toList());
      assertThat(lost.state).isEqualTo(kept.state);
      lost.loseEncoders();
    }
  }

  @Test
  void twoRunsGiveTheSameRecords() {
    assertThat(wholeSession()).isEqualTo(wholeSession());
  }

  private List<SessionOutput> wholeSession() {
    TestSession session = open(AT_30, "H264");
    List<SessionOutput> outputs = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      session.run(block(AT_30, i)).forEach(r -> outputs.add(output(r)));
    }
    return outputs;
  }

  @Test
  void aNewEpochStartsWithAKeyFrame() {
    TestSession session = open(AT_25, "H264");
    session.run(block(AT_25, 0));
    List<EncodedFrame> frames =
        track(frames(session.run(block(AT_25, 1, b -> withEpoch(b, 1)))), Track.VIDEO);
    assertThat(frames).extracting(EncodedFrame::getKeyFrame).containsExactly(true, false);
    assertThat(frames).extracting(EncodedFrame::getDiscontinuity).containsOnly(false);
  }

  @Test
  void picturesThatDoNotContinueStartWithAKeyFrame() {
    TestSession session = open(AT_25, "VP8");
    session.run(block(AT_25, 0));
    BlockFlags jump = new BlockFlags(false, false, false, false, true);
    List<EncodedFrame> frames = frames(session.run(block(AT_25, 1, b -> b.withFlags(jump))));
    assertThat(track(frames, Track.VIDEO))
        .extracting(EncodedFrame::getKeyFrame)
        .containsExactly(true, false);
  }

  @ParameterizedTest
  @ValueSource(strings = {"H264", "VP8"})
  void aLowerBitrateStartsWithAKeyFrameAndMakesSmallerFramesOfTheSamePictures(String codec) {
    TestSession full = open(AT_25, codec);
    TestSession lowered = open(AT_25, codec);
    List<EncodedFrame> before = new ArrayList<>();
    List<EncodedFrame> after = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      int bitrate = i < 5 ? 1_000_000 : 6_000;
      before.addAll(track(frames(full.run(block(AT_25, i, b -> at(b, 1_000_000)))), Track.VIDEO));
      after.addAll(track(frames(lowered.run(block(AT_25, i, b -> at(b, bitrate)))), Track.VIDEO));
    }
    assertThat(after).extracting(EncodedFrame::getPixelHash).isEqualTo(hashes(before));
    assertThat(after.stream().filter(EncodedFrame::getKeyFrame).map(EncodedFrame::getIndex))
        .containsExactly(0L, 10L);
    assertThat(bytes(after.subList(20, 60))).isLessThan(bytes(before.subList(20, 60)) / 2);
  }

  private static MediaBlock at(MediaBlock block, int bitrate) {
    BlockParameters p = block.parameters();
    return block.withParameters(
        new BlockParameters(
            p.steps(),
            p.sampler(),
            p.motionSteps(),
            p.motionSampler(),
            p.schedule(),
            p.guidance(),
            p.identityStrength(),
            p.temporalWeight(),
            p.smoothing(),
            p.valence(),
            p.arousal(),
            p.idlePolicy(),
            bitrate,
            p.override()));
  }

  private static List<Long> hashes(List<EncodedFrame> frames) {
    return frames.stream().map(EncodedFrame::getPixelHash).toList();
  }

  private static int bytes(List<EncodedFrame> frames) {
    return frames.stream().mapToInt(frame -> payload(frame).length).sum();
  }

  @Test
  void keyFramesComeOnRequestAtMostTwiceASecond() {
    TestSession session = open(AT_25, "H264");
    List<Long> keyFrames = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      if (i == 1 || i == 12 || i >= 20) {
        session.askForKeyFrame();
      }
      frames(session.run(block(AT_25, i))).stream()
          .filter(f -> f.getTrack() == Track.VIDEO && f.getKeyFrame())
          .forEach(f -> keyFrames.add(f.getIndex()));
    }
    // Asked at 2, obeyed 13 frames behind 0; asked at 24, obeyed 13 behind 13; asked at 40 and ever
    // after.
    assertThat(keyFrames).containsExactly(0L, 13L, 26L, 40L, 53L);
  }

  @Test
  void skippedBlocksLeaveAHoleInBothTracks() {
    TestSession session = open(AT_30, "H264");
    session.run(block(AT_30, 0));
    List<EncodedFrame> frames = frames(session.run(block(AT_30, 9)));
    // The remainder from sample 960 on is ended by silence; block 9 starts at 14400 = 15 packets.
    assertThat(track(frames, Track.AUDIO))
        .extracting(EncodedFrame::getIndex)
        .containsExactly(1L, 15L);
    assertThat(track(frames, Track.VIDEO))
        .extracting(EncodedFrame::getPts)
        .containsExactly(27_000L);
  }

  @Test
  void aBlockWithoutPicturesFailsItsSessionInOneSentence() {
    TestSession session = open(AT_25, "H264");
    Turn<EncodeState> turn =
        session.turn(
            block(
                AT_25,
                0,
                b -> b.withTensors(Map.of("frames", Tensor.zeros(ElementType.UINT8, 2, 8, 8, 3)))));
    assertThat(turn.answer()).isEqualTo(Turn.Answer.FAILED);
    assertThat(turn.failure())
        .hasMessage(
            "Block 0 brings the tensor frames as uint8[2, 8, 8, 3], but the encoder takes uint8[2, 64, 64, 3]; correct the pack's render stage.");
  }

  @Test
  void aSizeThatCannotBeEncodedFailsTheStartAndTheEndStillCloses() {
    TestSession session = new TestSession(AT_25, info("H264", 63));
    Turn<EncodeState> turn = session.turn(new SessionRecord.Start(session.info));
    assertThat(turn.failure()).hasMessageContaining("63 x 63").isInstanceOf(MediaException.class);
    assertThat(closeMark(session.run(new SessionRecord.End(KEY, "FAILED"))).getReason())
        .isEqualTo(CloseReason.FAILED);
  }

  private TestSession open(EncodeStage.Format format, String codec) {
    return open(format, codec, SIZE);
  }

  private TestSession open(EncodeStage.Format format, String codec, int size) {
    TestSession session = new TestSession(format, info(codec, size));
    sessions.add(session);
    session.opened = session.run(new SessionRecord.Start(session.info));
    return session;
  }

  private static MediaBlock withEpoch(MediaBlock b, long epoch) {
    return new MediaBlock(
        b.sessionKey(),
        b.index(),
        epoch,
        b.attempt(),
        b.audio(),
        b.parameters(),
        b.flags(),
        b.rung(),
        b.tensors(),
        b.trace(),
        b.ingestMicros());
  }

  private static SessionOutput output(SessionRecord record) {
    return ((SessionRecord.Emission) record).output();
  }

  private static List<EncodedFrame> frames(List<SessionRecord> records) {
    return records.stream()
        .filter(SessionRecord.Emission.class::isInstance)
        .map(r -> output(r).getBody())
        .filter(EncodedFrame.class::isInstance)
        .map(EncodedFrame.class::cast)
        .toList();
  }

  private static List<EncodedFrame> track(List<EncodedFrame> frames, Track track) {
    return frames.stream().filter(f -> f.getTrack() == track).toList();
  }

  private static CloseMark closeMark(List<SessionRecord> records) {
    return (CloseMark) ((StreamMark) output(records.get(records.size() - 2)).getBody()).getBody();
  }

  private static byte[] payload(EncodedFrame frame) {
    byte[] bytes = new byte[frame.getPayload().remaining()];
    frame.getPayload().duplicate().get(bytes);
    return bytes;
  }
}
