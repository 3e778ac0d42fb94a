package io.avatarflow.operators.codec;

import static io.avatarflow.operators.codec.Encoded.frames;
import static io.avatarflow.operators.codec.Encoded.payload;
import static io.avatarflow.operators.codec.Encoded.track;
import static io.avatarflow.operators.codec.TestBlocks.block;
import static io.avatarflow.operators.codec.TestSessions.AT_25;
import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.operators.stage.BlockParameters;
import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.operators.stage.MediaBlock.BlockFlags;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.Track;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When the encode stage makes a key frame, and how large the frames behind it are. */
class EncodeKeyFramesTest {
  @RegisterExtension final TestSessions sessions = new TestSessions();

  @Test
  void lostEncodersAreMadeAgainAndTheFirstFrameOfEachTrackSaysSo() {
    TestSession session = sessions.open(AT_25, "H264");
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
  void whatWasPublishedBeforeALossIsLivedThroughWithoutFrames() {
    TestSession through = sessions.open(AT_25, "H264");
    TestSession restored = sessions.open(AT_25, "H264");
    List<EncodedFrame> all = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      all.addAll(frames(through.run(block(AT_25, i))));
    }
    restored.run(block(AT_25, 0));
    restored.loseEncoders();
    for (int i = 1; i < 4; i++) {
      assertThat(restored.run(block(AT_25, i, b -> b.withFlags(b.flags().withPublished()))))
          .isEmpty();
    }
    List<EncodedFrame> after = new ArrayList<>();
    for (int i = 4; i < 6; i++) {
      after.addAll(frames(restored.run(block(AT_25, i))));
    }

    assertThat(after.stream().map(f -> f.getTrack() + " " + f.getIndex() + " " + f.getPts()))
        .containsExactlyElementsOf(
            all.stream()
                .filter(f -> f.getBlock() >= 4)
                .map(f -> f.getTrack() + " " + f.getIndex() + " " + f.getPts())
                .toList());
    assertThat(track(after, Track.VIDEO).get(0).getKeyFrame()).isTrue();
    assertThat(track(after, Track.VIDEO).get(0).getFlags().getRestored()).isTrue();
    assertThat(restored.state()).isEqualTo(through.state());
  }

  @Test
  void aNewEpochStartsWithAKeyFrame() {
    TestSession session = sessions.open(AT_25, "H264");
    session.run(block(AT_25, 0));
    List<EncodedFrame> frames =
        track(frames(session.run(block(AT_25, 1, b -> withEpoch(b, 1)))), Track.VIDEO);
    assertThat(frames).extracting(EncodedFrame::getKeyFrame).containsExactly(true, false);
    assertThat(frames).extracting(EncodedFrame::getDiscontinuity).containsOnly(false);
  }

  @Test
  void picturesThatDoNotContinueStartWithAKeyFrame() {
    TestSession session = sessions.open(AT_25, "VP8");
    session.run(block(AT_25, 0));
    BlockFlags jump = new BlockFlags(false, false, false, false, true, false);
    List<EncodedFrame> frames = frames(session.run(block(AT_25, 1, b -> b.withFlags(jump))));
    assertThat(track(frames, Track.VIDEO))
        .extracting(EncodedFrame::getKeyFrame)
        .containsExactly(true, false);
  }

  @ParameterizedTest
  @ValueSource(strings = {"H264", "VP8"})
  void aLowerBitrateStartsWithAKeyFrameAndMakesSmallerFramesOfTheSamePictures(String codec) {
    TestSession full = sessions.open(AT_25, codec);
    TestSession lowered = sessions.open(AT_25, codec);
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
    TestSession session = sessions.open(AT_25, "H264");
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
}
