package io.avatarflow.jobs.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.jobs.bench.SoakViewer.Seen;
import io.avatarflow.schemas.CloseReason;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.Track;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

class SoakViewerTest {
  private static final long OPEN = 1_700_000_000_000_000L;
  private static final long BLOCK = 80_000;
  private static final LiveClock CLOCK = new LiveClock(BLOCK, 80_000, 200_000, 2560);

  private final SoakViewer viewer = new SoakViewer(CLOCK);

  private static SoakStream stream() {
    return new SoakStream(25);
  }

  private Seen see(List<SessionOutput> records) {
    viewer.expect(SoakStream.KEY, OPEN, OPEN + 10_000_000);
    records.forEach(record -> viewer.add(record, OPEN));
    return viewer.seen();
  }

  private static List<SessionOutput> without(
      List<SessionOutput> records, Predicate<EncodedFrame> frames) {
    return records.stream()
        .filter(record -> !(record.getBody() instanceof EncodedFrame f && frames.test(f)))
        .toList();
  }

  private static Predicate<EncodedFrame> is(Track track, long index) {
    return frame -> frame.getTrack() == track && frame.getIndex() == index;
  }

  /** The records with the frames of a track that lie behind a time moved by some packets. */
  private static List<SessionOutput> moved(List<SessionOutput> records, int packets, boolean both) {
    List<SessionOutput> moved = new ArrayList<>();
    for (SessionOutput record : records) {
      if (record.getBody() instanceof EncodedFrame frame
          && frame.getTrack() == Track.AUDIO
          && frame.getIndex() >= 8) {
        EncodedFrame later =
            EncodedFrame.newBuilder(frame)
                .setPts(frame.getPts() + (both ? packets * 960L : 0))
                .setAudioFirstSample(frame.getAudioFirstSample() + packets * 320L)
                .build();
        moved.add(new SessionOutput(record.getSessionKey(), record.getEpoch(), 0, later));
      } else {
        moved.add(record);
      }
    }
    return moved;
  }

  @Test
  void aStreamWithoutAFaultHasNone() {
    Seen seen = see(stream().blocks(5).close(CloseReason.CLOSED).records());
    assertThat(seen.opened()).isOne();
    assertThat(seen.closed()).isOne();
    assertThat(seen.broken()).isZero();
    assertThat(seen.frames()).isEqualTo(5 * 6 + 1);
    assertThat(seen.lastBlock()).isEqualTo(4);
    assertThat(seen.lost()).isZero();
    assertThat(seen.duplicated()).isZero();
    assertThat(seen.driftSamples()).isZero();
  }

  @Test
  void framesThatNeverCameAreLost() {
    List<SessionOutput> records = stream().blocks(5).close(CloseReason.CLOSED).records();
    assertThat(see(without(records, is(Track.VIDEO, 3).or(is(Track.AUDIO, 9)))).lost())
        .isEqualTo(2);
  }

  @Test
  void framesThatWereSkippedOrFlushedAreNotLostAndNoDrift() {
    Seen seen =
        see(
            stream()
                .blocks(3)
                .skip(2)
                .blocks(3)
                .flush(2)
                .blocks(3)
                .close(CloseReason.CLOSED)
                .records());
    assertThat(seen.lost()).isZero();
    assertThat(seen.driftSamples()).isZero();
    assertThat(seen.lastBlock()).isEqualTo(12);
  }

  @Test
  void framesThatCameAgainOrBehindTheEndAreDuplicates() {
    List<SessionOutput> records =
        new ArrayList<>(stream().blocks(5).close(CloseReason.CLOSED).records());
    records.add(6, records.get(5));
    records.add(records.get(7));
    assertThat(see(records).duplicated()).isEqualTo(2);
  }

  @Test
  void soundThatEndsElsewhereThanThePicturesOfACompleteBlockIsDrift() {
    List<SessionOutput> records = stream().blocks(5).close(CloseReason.CLOSED).records();
    assertThat(see(moved(records, 1, true)).driftSamples()).isEqualTo(320);
  }

  @Test
  void timesThatAreNotThoseOfTheSamplesAreDrift() {
    List<SessionOutput> records = stream().blocks(5).close(CloseReason.CLOSED).records();
    assertThat(see(moved(records, 1, false)).driftSamples()).isEqualTo(320);
  }

  @Test
  void blocksThatAreNoWholeNumberOfPacketsDoNotDrift() {
    SoakStream stream = new SoakStream(40 * SoakStream.FRAMES_PER_BLOCK);
    Seen seen = see(stream.blocks(50).close(CloseReason.CLOSED).records());
    assertThat(seen.driftSamples()).isZero();
    assertThat(seen.lost()).isZero();
  }

  @Test
  void aSessionThatClosedIsForgottenAndItsSumsAreKept() {
    List<SessionOutput> records = stream().blocks(5).close(CloseReason.FAILED).records();
    List<SessionOutput> lossy = without(records, is(Track.VIDEO, 3));
    see(lossy.subList(0, 20));
    assertThat(viewer.awaited()).isOne();
    assertThat(viewer.seen().open()).isOne();
    lossy.subList(20, lossy.size()).forEach(record -> viewer.add(record, OPEN));
    assertThat(viewer.awaited()).isZero();
    assertThat(viewer.seen().open()).isZero();
    assertThat(viewer.seen().lost()).isOne();
    assertThat(viewer.seen().broken()).isOne();
  }

  @Test
  void aSessionThatNeverOpensIsAwaited() {
    viewer.expect(SoakStream.KEY, OPEN, OPEN + 1);
    assertThat(viewer.awaited()).isOne();
    assertThat(viewer.seen().opened()).isZero();
  }

  @Test
  void aBlockIsOnTimeWhenItsLastPictureComesByItsDeadline() {
    List<SessionOutput> records = stream().blocks(4).close(CloseReason.CLOSED).records();
    // Blocks 0 to 3 are due while the session is open, the second one comes too late.
    viewer.expect(SoakStream.KEY, OPEN, CLOCK.deadline(OPEN, 3) + 1);
    for (SessionOutput record : records) {
      boolean late = record.getBody() instanceof EncodedFrame f && f.getIndex() == 3;
      viewer.add(record, CLOCK.deadline(OPEN, late ? 2 : 0));
    }
    assertThat(viewer.seen().due()).isEqualTo(4);
    assertThat(viewer.seen().met()).isEqualTo(3);
    assertThat(viewer.seen().onTime()).isEqualTo(0.75);
  }

  @Test
  void blocksThatAnInterruptTookAwayAreNotDueAndSkippedOnesAre() {
    List<SessionOutput> records =
        stream().blocks(2).flush(3).blocks(2).skip(1).blocks(2).close(CloseReason.CLOSED).records();
    viewer.expect(SoakStream.KEY, OPEN, CLOCK.deadline(OPEN, 9) + 1);
    records.forEach(record -> viewer.add(record, OPEN));
    assertThat(viewer.seen().due()).isEqualTo(7);
    assertThat(viewer.seen().met()).isEqualTo(6);
  }
}
