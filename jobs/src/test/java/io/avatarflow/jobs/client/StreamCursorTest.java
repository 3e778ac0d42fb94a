package io.avatarflow.jobs.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.jobs.client.StreamCursor.Verdict;
import io.avatarflow.schemas.BlockFill;
import io.avatarflow.schemas.CloseMark;
import io.avatarflow.schemas.DecisionMark;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.FlushMark;
import io.avatarflow.schemas.OpenMark;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.SkippedMark;
import io.avatarflow.schemas.StreamMark;
import io.avatarflow.schemas.Track;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class StreamCursorTest {

  @Property(tries = 500)
  void whateverIsRepeatedEveryFrameIsShownOnceAndInOrder(@ForAll long seed) {
    PublishedStream stream = new PublishedStream(seed);
    StreamCursor cursor = new StreamCursor();

    List<String> shown = new ArrayList<>();
    for (SessionOutput output : stream.published()) {
      if (cursor.accept(output) == Verdict.TAKE && output.getBody() instanceof EncodedFrame frame) {
        shown.add(PublishedStream.id(frame));
      }
    }

    assertThat(shown).doesNotHaveDuplicates().isEqualTo(oracle(stream.published()));
    Set<String> notShown = stream.allFrames();
    notShown.removeAll(new HashSet<>(shown));
    assertThat(stream.mayBeHeldBack()).containsAll(notShown);
    assertThat(indices(shown, Track.VIDEO)).isSorted();
    assertThat(indices(shown, Track.AUDIO)).isSorted();
    assertThat(cursor.missing(Track.VIDEO)).isZero();
    assertThat(cursor.missing(Track.AUDIO)).isZero();
    assertThat(cursor.closed()).isTrue();
  }

  @Property(tries = 500)
  void everyShownPictureCanBeDecoded(@ForAll long seed) {
    StreamCursor cursor = new StreamCursor();
    int decodedAttempt = -1;
    for (SessionOutput output : new PublishedStream(seed).published()) {
      Verdict verdict = cursor.accept(output);
      boolean decode = verdict == Verdict.TAKE || verdict == Verdict.DECODE_ONLY;
      if (decode
          && output.getBody() instanceof EncodedFrame frame
          && frame.getTrack() == Track.VIDEO) {
        assertThat(frame.getKeyFrame() || decodedAttempt == output.getAttempt())
            .as("frame %d of attempt %d", frame.getIndex(), output.getAttempt())
            .isTrue();
        decodedAttempt = output.getAttempt();
      }
    }
  }

  @Property(tries = 500)
  void everyMarkIsObeyedOnceAndNothingFollowsTheEnd(@ForAll long seed) {
    StreamCursor cursor = new StreamCursor();
    List<Object> marks = new ArrayList<>();
    boolean ended = false;
    for (SessionOutput output : new PublishedStream(seed).published()) {
      Verdict verdict = cursor.accept(output);
      assertThat(ended && verdict == Verdict.TAKE).isFalse();
      if (verdict == Verdict.TAKE && output.getBody() instanceof StreamMark mark) {
        marks.add(mark.getBody());
        ended = mark.getBody() instanceof CloseMark;
      }
    }

    assertThat(marks).filteredOn(OpenMark.class::isInstance).hasSize(1);
    assertThat(marks).filteredOn(CloseMark.class::isInstance).hasSize(1);
    assertThat(marks.stream().filter(DecisionMark.class::isInstance))
        .extracting(mark -> ((DecisionMark) mark).getBlock())
        .isSorted()
        .doesNotHaveDuplicates();
    assertThat(marks.stream().filter(FlushMark.class::isInstance))
        .extracting(mark -> ((FlushMark) mark).getEpoch())
        .isSorted()
        .doesNotHaveDuplicates();
    assertThat(marks.stream().filter(SkippedMark.class::isInstance)).doesNotHaveDuplicates();
  }

  @Property(tries = 500)
  void aFrameThatNeverCameIsCountedAsMissing(@ForAll long seed) {
    List<SessionOutput> published = new ArrayList<>(new PublishedStream(seed).published());
    List<SessionOutput> frames =
        published.stream().filter(output -> output.getBody() instanceof EncodedFrame).toList();
    EncodedFrame lost = (EncodedFrame) frames.get(Math.floorMod(seed, frames.size())).getBody();
    published.removeIf(
        output ->
            output.getBody() instanceof EncodedFrame frame
                && PublishedStream.id(frame).equals(PublishedStream.id(lost)));
    StreamCursor cursor = new StreamCursor();
    boolean fence = false;
    boolean explained = false;
    for (SessionOutput output : published) {
      long before = cursor.next(lost.getTrack());
      if (cursor.accept(output) != Verdict.TAKE) {
        continue;
      }
      if (output.getBody() instanceof StreamMark mark) {
        fence |= mark.getBody() instanceof FlushMark || mark.getBody() instanceof SkippedMark;
        explained |= fence && mark.getBody() instanceof CloseMark && before <= lost.getIndex();
      } else if (cursor.next(lost.getTrack()) > before) {
        boolean gap = before <= lost.getIndex() && lost.getIndex() < cursor.next(lost.getTrack());
        explained |= fence && gap;
        fence = false;
      }
    }

    if (!explained) {
      assertThat(cursor.missing(lost.getTrack())).isEqualTo(1);
    }
    assertThat(cursor.missing(other(lost.getTrack()))).isZero();
  }

  @Test
  void blocksThatAFailedAttemptMeantToSkipAreTakenWhenTheNextOneMakesThem() {
    StreamCursor cursor = new StreamCursor();
    cursor.accept(mark(0, decision(4)));
    cursor.accept(mark(0, new SkippedMark(5L, 9L)));

    List<Verdict> verdicts =
        Stream.of(4L, 5L, 6L).map(block -> cursor.accept(mark(1, decision(block)))).toList();

    assertThat(verdicts).containsExactly(Verdict.REPEATED, Verdict.TAKE, Verdict.TAKE);
  }

  private static SessionOutput mark(int attempt, Object body) {
    return new SessionOutput(PublishedStream.KEY, 0L, attempt, new StreamMark(body));
  }

  private static DecisionMark decision(long block) {
    return new DecisionMark(block, 0L, 1280, BlockFill.NONE, List.of(), 0, 7L);
  }

  @Test
  void aReaderThatComesLateMissesNothingThatWasBeforeIt() {
    List<SessionOutput> published = new PublishedStream(7).published();
    StreamCursor cursor = new StreamCursor();

    published.subList(published.size() / 2, published.size()).forEach(cursor::accept);

    assertThat(cursor.missing(Track.VIDEO)).isZero();
    assertThat(cursor.missing(Track.AUDIO)).isZero();
  }

  private static Track other(Track track) {
    return track == Track.VIDEO ? Track.AUDIO : Track.VIDEO;
  }

  private static List<Long> indices(List<String> ids, Track track) {
    return ids.stream()
        .filter(id -> id.startsWith(track.name()))
        .map(id -> Long.parseLong(id.substring(id.indexOf(' ') + 1)))
        .toList();
  }

  /** The rules by sets: the first of equal ids, no lower attempt, no flushed epoch. */
  private static List<String> oracle(List<SessionOutput> published) {
    List<String> shown = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    int attempt = 0;
    long epoch = 0;
    for (SessionOutput output : published) {
      if (output.getAttempt() < attempt) {
        continue;
      }
      attempt = output.getAttempt();
      if (output.getBody() instanceof StreamMark mark) {
        if (mark.getBody() instanceof FlushMark flush) {
          epoch = Math.max(epoch, flush.getEpoch());
        }
        if (mark.getBody() instanceof CloseMark) {
          return shown;
        }
      } else if (output.getBody() instanceof EncodedFrame frame
          && output.getEpoch() >= epoch
          && seen.add(PublishedStream.id(frame))) {
        shown.add(PublishedStream.id(frame));
      }
    }
    return shown;
  }
}
