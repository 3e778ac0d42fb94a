package io.avatarflow.operators.ingest;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;

/**
 * Audio of one epoch that came and is still needed, in order whatever the order it came in.
 *
 * <p>Immutable. Positions are input samples of the epoch. Everything from the start of {@code head}
 * to the frontier is known: it came, or it was concealed. The islands that touch what is before
 * them belong to that stretch, which is kept in pieces so that a chunk costs as much to add at the
 * end of a long stretch as of a short one; behind the frontier lie islands with gaps before them.
 * Of two samples for one position the first to come wins.
 *
 * @param head the first piece, with as much of the past as resampling still needs
 * @param islands ascending pieces behind it
 * @param segmentEnds ascending positions at which speech ends
 * @param concealed ascending stretches of what is known that were made up, and the last few before
 */
record JitterBuffer(
    AudioRun head, List<AudioRun> islands, List<Long> segmentEnds, List<Gap> concealed) {
  /** Nothing came. */
  static final JitterBuffer EMPTY =
      new JitterBuffer(new AudioRun(0, new float[0]), List.of(), List.of(), List.of());

  /** Pieces that touch are joined up to this length, a quarter of a second at most rates. */
  private static final int PIECE_SAMPLES = 4096;

  /** How many concealed stretches of the past are remembered to tell late audio from repeated. */
  private static final int REMEMBERED_GAPS = 8;

  JitterBuffer {
    islands = List.copyOf(islands);
    segmentEnds = List.copyOf(segmentEnds);
    concealed = List.copyOf(concealed);
  }

  /** A stretch without audio, from {@code start} to just before {@code end}. */
  record Gap(long start, long end) {
    boolean overlaps(long from, long to) {
      return start < to && from < end;
    }
  }

  /** Where the known stretch ends. */
  long frontier() {
    return islands.isEmpty() || islands.get(0).start() != head.end()
        ? head.end()
        : islands.get(touching() - 1).end();
  }

  /** How many islands belong to the known stretch. */
  private int touching() {
    int count = 0;
    long at = head.end();
    while (count < islands.size() && islands.get(count).start() == at) {
      at = islands.get(count).end();
      count++;
    }
    return count;
  }

  /** Where audio goes on behind the first gap. */
  OptionalLong firstGapEnd() {
    int next = touching();
    return next == islands.size()
        ? OptionalLong.empty()
        : OptionalLong.of(islands.get(next).start());
  }

  /** How many gaps what came has. */
  int gaps() {
    int count = 0;
    long at = head.end();
    for (AudioRun island : islands) {
      count += island.start() == at ? 0 : 1;
      at = island.end();
    }
    return count;
  }

  /** The samples from one position to another, both within the known stretch. */
  AudioRun known(long from, long to) {
    float[] samples = new float[(int) (to - from)];
    copy(head, from, to, samples);
    for (int i = 0; i < islands.size() && islands.get(i).start() < to; i++) {
      copy(islands.get(i), from, to, samples);
    }
    return new AudioRun(from, samples);
  }

  private static void copy(AudioRun run, long from, long to, float[] samples) {
    long first = Math.max(from, run.start());
    int count = (int) (Math.min(to, run.end()) - first);
    if (count > 0) {
      System.arraycopy(
          run.samples(), (int) (first - run.start()), samples, (int) (first - from), count);
    }
  }

  /** Just behind the last sample that came. */
  long end() {
    return islands.isEmpty() ? frontier() : islands.get(islands.size() - 1).end();
  }

  /** True when some of a stretch was made up already. */
  boolean isConcealed(long from, long to) {
    return concealed.stream().anyMatch(gap -> gap.overlaps(from, to));
  }

  /** Adds what is new of a run. */
  JitterBuffer insert(AudioRun run) {
    List<AudioRun> runs = new ArrayList<>(islands);
    long at = Math.max(run.start(), frontier());
    for (AudioRun island : islands) {
      if (at < Math.min(island.start(), run.end())) {
        runs.add(run.part(at, Math.min(island.start(), run.end())));
      }
      at = Math.max(at, island.end());
    }
    if (at < run.end()) {
      runs.add(run.part(at, run.end()));
    }
    if (runs.size() == islands.size()) {
      return this;
    }
    runs.sort(Comparator.comparingLong(AudioRun::start));
    runs.add(0, head);
    return of(runs, segmentEnds, concealed);
  }

  /** Notes that speech ends at a position. */
  JitterBuffer endSegment(long position) {
    if (segmentEnds.contains(position)) {
      return this;
    }
    List<Long> ends = new ArrayList<>(segmentEnds);
    ends.add(position);
    ends.sort(null);
    return new JitterBuffer(head, islands, ends, concealed);
  }

  /**
   * Makes up what is missing before a position.
   *
   * @param position at or before which no gap remains
   * @param segmentStart what was made up before it is not continued
   * @param fadeSamples over how many samples the last one known fades
   */
  JitterBuffer concealBefore(long position, long segmentStart, int fadeSamples) {
    if (position <= frontier()) {
      return this;
    }
    int next = touching();
    List<AudioRun> runs = new ArrayList<>(List.of(head));
    runs.addAll(islands.subList(0, next));
    List<Gap> gaps = new ArrayList<>(concealed);
    long at = frontier();
    float last = at <= segmentStart ? 0 : lastSample(runs);
    while (at < position) {
      boolean island = next < islands.size();
      long end = island ? Math.min(position, islands.get(next).start()) : position;
      addGap(gaps, at, end);
      runs.add(new AudioRun(at, fade(last, Math.toIntExact(end - at), fadeSamples)));
      at = end;
      while (next < islands.size() && islands.get(next).start() == at) {
        at = islands.get(next).end();
        runs.add(islands.get(next++));
      }
      last = lastSample(runs);
    }
    runs.addAll(islands.subList(next, islands.size()));
    return of(runs, segmentEnds, gaps);
  }

  private static JitterBuffer of(List<AudioRun> ascending, List<Long> ends, List<Gap> gaps) {
    List<AudioRun> joined = join(ascending);
    return new JitterBuffer(joined.get(0), joined.subList(1, joined.size()), ends, gaps);
  }

  private static float lastSample(List<AudioRun> runs) {
    float[] samples = runs.get(runs.size() - 1).samples();
    return samples.length == 0 ? 0 : samples[samples.length - 1];
  }

  private static void addGap(List<Gap> gaps, long start, long end) {
    int last = gaps.size() - 1;
    if (last >= 0 && gaps.get(last).end() == start) {
      gaps.set(last, new Gap(gaps.get(last).start(), end));
    } else {
      gaps.add(new Gap(start, end));
    }
  }

  /**
   * A straight fade of the last sample known, then silence: neither a click nor invented speech.
   */
  private static float[] fade(float last, int count, int fadeSamples) {
    float[] samples = new float[count];
    for (int i = 0; i < Math.min(count, fadeSamples); i++) {
      samples[i] = last * (fadeSamples - i) / (fadeSamples + 1);
    }
    return samples;
  }

  /** Leaves out everything before a position that lies in the first gap or at its end. */
  JitterBuffer skipTo(long position) {
    List<Gap> gaps = new ArrayList<>(concealed);
    gaps.add(new Gap(frontier(), position));
    List<AudioRun> runs = new ArrayList<>(islands.subList(touching(), islands.size()));
    runs.add(0, new AudioRun(position, new float[0]));
    return of(runs, segmentEnds, gaps);
  }

  /**
   * Forgets samples before a position; the last known one stays, because a fade may start at it.
   */
  JitterBuffer dropBefore(long position) {
    long from = Math.max(head.start(), Math.min(position, frontier() - 1));
    if (from <= head.start()) {
      return this;
    }
    int past = 0;
    while (past < concealed.size() && concealed.get(past).end() <= from) {
      past++;
    }
    List<Gap> kept = concealed.subList(Math.max(0, past - REMEMBERED_GAPS), concealed.size());
    if (from < head.end()) {
      return new JitterBuffer(head.part(from, head.end()), islands, segmentEnds, kept);
    }
    int first = 0;
    while (islands.get(first).end() <= from) {
      first++;
    }
    AudioRun piece = islands.get(first);
    return new JitterBuffer(
        piece.part(from, piece.end()),
        islands.subList(first + 1, islands.size()),
        segmentEnds,
        kept);
  }

  /** Forgets the first segment end. */
  JitterBuffer segmentEnded() {
    return new JitterBuffer(head, islands, segmentEnds.subList(1, segmentEnds.size()), concealed);
  }

  /** Joins runs that touch as long as the result is no longer than a piece. */
  private static List<AudioRun> join(List<AudioRun> ascending) {
    List<AudioRun> joined = new ArrayList<>();
    for (int first = 0; first < ascending.size(); ) {
      int next = first + 1;
      while (next < ascending.size()
          && ascending.get(next).start() == ascending.get(next - 1).end()
          && ascending.get(next).end() - ascending.get(first).start() <= PIECE_SAMPLES) {
        next++;
      }
      joined.add(concatenated(ascending.subList(first, next)));
      first = next;
    }
    return joined;
  }

  private static AudioRun concatenated(List<AudioRun> runs) {
    if (runs.size() == 1) {
      return runs.get(0);
    }
    long start = runs.get(0).start();
    float[] samples = new float[Math.toIntExact(runs.get(runs.size() - 1).end() - start)];
    for (AudioRun run : runs) {
      System.arraycopy(
          run.samples(), 0, samples, (int) (run.start() - start), run.samples().length);
    }
    return new AudioRun(start, samples);
  }
}
