package io.avatarflow.jobs.chaos;

import io.avatarflow.jobs.client.StreamCursor;
import io.avatarflow.jobs.client.StreamCursor.Verdict;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.OpenMark;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.StreamMark;
import io.avatarflow.schemas.Track;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What a viewer of one session saw, and what lay on the topic besides. Not thread-safe. */
final class SeenSession {
  private final StreamCursor cursor = new StreamCursor();
  private final Map<Long, List<Long>> hashes = new HashMap<>();
  private final Set<String> shown = new HashSet<>();
  private int shownTwice;
  private int repeated;
  private long lastShownNanos;
  private long longestGapNanos;
  private boolean opened;

  /** Takes the next record of the session. */
  void add(SessionOutput output, long nowNanos) {
    Verdict verdict = cursor.accept(output);
    opened |= output.getBody() instanceof StreamMark mark && mark.getBody() instanceof OpenMark;
    if (!(output.getBody() instanceof EncodedFrame frame)) {
      return;
    }
    boolean video = frame.getTrack() == Track.VIDEO;
    if (video) {
      hashes.computeIfAbsent(frame.getIndex(), i -> new ArrayList<>()).add(frame.getPixelHash());
    }
    if (verdict != Verdict.TAKE) {
      repeated++;
      return;
    }
    if (!shown.add(frame.getTrack() + " " + frame.getIndex())) {
      shownTwice++;
    }
    if (video) {
      if (lastShownNanos != 0) {
        longestGapNanos = Math.max(longestGapNanos, nowNanos - lastShownNanos);
      }
      lastShownNanos = nowNanos;
    }
  }

  /** Forgets gaps of the time before now. */
  void forgetGaps() {
    longestGapNanos = 0;
  }

  boolean closed() {
    return cursor.closed();
  }

  /** Video frames that were shown. */
  long frames() {
    return cursor.next(Track.VIDEO);
  }

  /** How often the session was restored. */
  int attempts() {
    return cursor.attempt();
  }

  /** Longest time between two pictures, seconds. */
  double longestGapSeconds() {
    return longestGapNanos / 1e9;
  }

  /** Frames of both tracks that never came. */
  long lost() {
    return cursor.missing(Track.VIDEO)
        + cursor.missing(Track.AUDIO)
        + (opened && cursor.closed() ? 0 : 1);
  }

  /** Frames that were on the topic more than once. */
  int repeated() {
    return repeated;
  }

  /** Frames that a viewer would have been shown more than once. */
  int shownTwice() {
    return shownTwice;
  }

  /** Pictures that were made again after a restore and are not the ones that were shown. */
  long conflicts() {
    return hashes.values().stream()
        .mapToLong(copies -> copies.stream().filter(hash -> !hash.equals(copies.get(0))).count())
        .sum();
  }
}
