package io.avatarflow.operators.codec;

import static io.avatarflow.operators.codec.Encoded.closeMark;
import static io.avatarflow.operators.codec.Encoded.frames;
import static io.avatarflow.operators.codec.Encoded.output;
import static io.avatarflow.operators.codec.Encoded.track;
import static io.avatarflow.operators.codec.TestBlocks.KEY;
import static io.avatarflow.operators.codec.TestBlocks.SIZE;
import static io.avatarflow.operators.codec.TestBlocks.block;
import static io.avatarflow.operators.codec.TestBlocks.info;
import static io.avatarflow.operators.codec.TestSessions.AT_25;
import static io.avatarflow.operators.codec.TestSessions.AT_30;
import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.operators.stage.MediaBlock;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Which frames of which place the encode stage makes of blocks, and its marks. */
class EncodeStageTest {
  @RegisterExtension final TestSessions sessions = new TestSessions();

  @Test
  void theOpenMarkSaysWhatStaysConstantAndTheStartPassesOn() {
    List<SessionRecord> records = sessions.open(AT_25, "H264").opened;
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
    TestSession session = sessions.open(AT_25, "H264");
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
        List.of(
            sessions.open(AT_25, "H264"),
            sessions.open(AT_25, "VP8"),
            sessions.open(AT_25, "H264", 128))) {
      List<EncodedFrame> frames = frames(session.run(block(AT_25, 0)));
      assertThat(track(frames, Track.VIDEO).get(1).getPixelHash()).isEqualTo(expected);
      assertThat(track(frames, Track.AUDIO))
          .extracting(EncodedFrame::getPixelHash)
          .containsOnly(0L);
    }
  }

  @Test
  void soundTooShortForAPacketWaitsForTheNextBlock() {
    TestSession session = sessions.open(AT_30, "VP8");
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
    TestSession session = sessions.open(AT_25, "H264");
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
    TestSession session = sessions.open(AT_25, "H264");
    List<EncodedFrame> frames = new ArrayList<>(frames(session.run(block(AT_25, 0))));
    frames.addAll(frames(session.run(new SessionRecord.End(KEY, "CLOSED"))));
    List<EncodedFrame> packets = track(frames, Track.AUDIO);
    assertThat(packets).hasSize(5);
    assertThat(packets.get(4).getAudioSampleCount()).isZero();
    short[] decoded = OpusTestDecoder.decode(packets.stream().map(Encoded::payload).toList());
    assertThat(decoded.length - OpusEncoder.LOOK_AHEAD).isGreaterThanOrEqualTo(3840);
  }

  @Test
  void aSessionWithoutSoundClosesWithoutPackets() {
    List<SessionRecord> records =
        sessions.open(AT_25, "H264").run(new SessionRecord.End(KEY, "IDLE"));
    assertThat(frames(records)).isEmpty();
    assertThat(closeMark(records).getReason()).isEqualTo(CloseReason.IDLE);
  }

  @Test
  void lostEncodersChangeNoHashAndNoPlaceOfAFrame() {
    TestSession kept = sessions.open(AT_30, "H264");
    TestSession lost = sessions.open(AT_30, "H264");
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
    TestSession session = sessions.open(AT_30, "H264");
    List<SessionOutput> outputs = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      session.run(block(AT_30, i)).forEach(r -> outputs.add(output(r)));
    }
    return outputs;
  }

  @Test
  void skippedBlocksLeaveAHoleInBothTracks() {
    TestSession session = sessions.open(AT_30, "H264");
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
    TestSession session = sessions.open(AT_25, "H264");
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
}
