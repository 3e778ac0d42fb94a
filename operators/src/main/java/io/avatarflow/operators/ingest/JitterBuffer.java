package io.avatarflow.operators.ingest;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Audio of one epoch that came and is still needed, in order whatever the order it came in.
 *
 * <p>Immutable. Positions are input samples of the epoch. Everything from the start of {@code head}
 * to its end, the frontier, is known: it came, or it was concealed. Behind the frontier lie islands
 * with gaps before them. Of two samples for one position the first to come wins.
 *
 * @param head the known stretch, with as much of the past as resampling still needs
 * @param islands ascending, neither touching each other nor the frontier
 * @param segmentEnds ascending positions at which speech ends
 * @param concealed ascending stretches of the head that were made up, and the last few before it
 */
record JitterBuffer(
    AudioRun head, List<AudioRun> islands, List<Long> segmentEnds, List<Gap> concealed) {
  /** Nothing came. */
  static final JitterBuffer EMPTY =
      new JitterBuffer(new AudioRun(0, new float[0]), List.of(), List.of(), List.of());

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
    return head.end();
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
    List<AudioRun> joined = join(runs);
    return new JitterBuffer(
        joined.get(0), joined.subList(1, joined.size()), segmentEnds, concealed);
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
    List<AudioRun> runs = new ArrayList<>(List.of(head));
    List<Gap> gaps = new ArrayList<>(concealed);
    long at = frontier();
    int next = 0;
    float last = sampleBefore(at, segmentStart);
    while (at < position) {
      boolean island = next < islands.size();
      long end = island ? Math.min(position, islands.get(next).start()) : position;
      addGap(gaps, at, end);
      runs.add(new AudioRun(at, fade(last, Math.toIntExact(end - at), fadeSamples)));
      at = end;
      last = 0;
      if (island && islands.get(next).start() == end) {
        AudioRun run = islands.get(next++);
        runs.add(run);
        last = run.samples()[run.samples().length - 1];
        at = run.end();
      }
    }
    return new JitterBuffer(
        join(runs).get(0), islands.subList(next, islands.size()), segmentEnds, gaps);
  }

  private static void addGap(List<Gap> gaps, long start, long end) {
    int last = gaps.size() - 1;
    if (last >= 0 && gaps.get(last).end() == start) {
      gaps.set(last, new Gap(gaps.get(last).start(), end));
    } else {
      gaps.add(new Gap(start, end));
    }
  }

  private float sampleBefore(long position, long segmentStart) {
    return position <= segmentStart || head.samples().length == 0
        ? 0
        : head.samples()[head.samples().length - 1];
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
    List<AudioRun> runs = new ArrayList<>(islands);
    runs.add(0, new AudioRun(position, new float[0]));
    List<AudioRun> joined = join(runs);
    return new JitterBuffer(joined.get(0), joined.subList(1, joined.size()), segmentEnds, gaps);
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
    return new JitterBuffer(head.part(from, frontier()), islands, segmentEnds, kept);
  }

  /** Forgets the first segment end. */
  JitterBuffer segmentEnded() {
    return new JitterBuffer(head, islands, segmentEnds.subList(1, segmentEnds.size()), concealed);
  }

  /** Joins runs that touch. */
  private static List<AudioRun> join(List<AudioRun> ascending) {
    List<AudioRun> joined = new ArrayList<>();
    for (int first = 0; first < ascending.size(); ) {
      int next = first + 1;
      while (next < ascending.size()
          && ascending.get(next).start() == ascending.get(next - 1).end()) {
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
