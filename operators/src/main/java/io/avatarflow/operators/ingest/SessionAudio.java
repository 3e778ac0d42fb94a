package io.avatarflow.operators.ingest;

import java.util.List;
import java.util.Optional;

/**
 * The audio of a session during one turn: where it stands and what came, with the rules of what may
 * come. A working copy, used by one thread.
 */
final class SessionAudio {
  /** More gaps than any network makes, so that single samples strewn far apart stay cheap. */
  static final int MAX_GAPS = 256;

  /** Segments that may end before the session opens. */
  private static final int MAX_SEGMENT_ENDS = 64;

  private final IngestSetup setup;
  private EpochClock clock;
  private JitterBuffer buffer;
  private FarAudio refused;

  SessionAudio(IngestSetup setup, EpochClock clock, JitterBuffer buffer, FarAudio refused) {
    this.setup = setup;
    this.clock = clock;
    this.buffer = buffer;
    this.refused = refused;
  }

  EpochClock clock() {
    return clock;
  }

  JitterBuffer buffer() {
    return buffer;
  }

  FarAudio refused() {
    return refused;
  }

  /** Where the next block begins on the media clock. */
  long mediaSample() {
    return clock.nextBlock() * setup.geometry().blockSamples();
  }

  BlockCutter cutter() {
    return setup.cutters().of(clock.rate());
  }

  /** Where the next block begins in the epoch's audio, media samples. */
  long position() {
    return clock.rate() == 0 ? 0 : cutter().epochSample(clock);
  }

  /** Media samples before an input sample that no block holds yet. */
  long remaining(long end) {
    return cutter().segmentSamples(clock, end) - cutter().nextSample(clock);
  }

  /** True when the next block is to hold audio. */
  boolean hasPending() {
    return clock.rate() != 0 && (!buffer.segmentEnds().isEmpty() || remaining(buffer.end()) > 0);
  }

  /** True when all audio of the next block and its look-ahead came. */
  boolean isComplete() {
    return cutter().neededEnd(clock) <= buffer.frontier() || isSegmentKnown();
  }

  private boolean isSegmentKnown() {
    return !buffer.segmentEnds().isEmpty() && buffer.segmentEnds().get(0) <= buffer.frontier();
  }

  /**
   * Where the first gap is to be made up to for the sake of the next block; -1 when it has none, or
   * none that anything is known to follow.
   */
  long gapEnd() {
    long known = firstKnown();
    if (isComplete() || known == Long.MAX_VALUE) {
      return -1;
    }
    // A fade that is begun is made whole, so that the result does not depend on when it is made.
    long needed = Math.max(cutter().neededEnd(clock), buffer.frontier() + fadeSamples());
    return Math.min(known, needed);
  }

  /** Where the first gap ends, with audio or the end of speech; {@code MAX_VALUE} for nowhere. */
  private long firstKnown() {
    long end = buffer.segmentEnds().isEmpty() ? Long.MAX_VALUE : buffer.segmentEnds().get(0);
    return Math.min(end, buffer.firstGapEnd().orElse(Long.MAX_VALUE));
  }

  private int fadeSamples() {
    return clock.rate() / 100;
  }

  /** True when audio came that no block holds yet. */
  boolean hasMore() {
    return clock.rate() != 0 && buffer.end() > cutter().nextInput(clock);
  }

  /** Input samples between the next block and the end of what came. */
  long waiting() {
    return buffer.end() - cutter().nextInput(clock);
  }

  void startEpoch(long epoch) {
    clock = clock.nextEpoch(epoch);
    buffer = JitterBuffer.EMPTY;
  }

  /**
   * Adds a chunk of the current epoch, or of a higher one, which begins with it.
   *
   * @param open whether the session is open; if not, less audio may wait
   * @param pace tells whether the end of speech may still be told behind its last sample, and for
   *     how long nothing was said
   * @return a sentence when some of the chunk came after it had been given up
   * @throws RejectedInputException if the chunk cannot be used; all that changed is what is known
   *     of refused audio
   */
  Optional<String> add(ChunkReader.Chunk chunk, boolean open, Pace pace)
      throws RejectedInputException {
    boolean newEpoch = chunk.epoch() > clock.epoch();
    EpochClock at = newEpoch ? clock.nextEpoch(chunk.epoch()) : clock;
    JitterBuffer before = newEpoch ? JitterBuffer.EMPTY : buffer;
    if (at.rate() == 0) {
      at = at.withRate(chunk.rate());
    }
    checkRate(at, chunk);
    AudioRun run = chunk.run();
    AudioReach reach = new AudioReach(setup, at);
    if (!open) {
      reach.checkWait(run);
    } else if (reach.isTooFar(run)) {
      checkLeap(reach, before, chunk, pace);
      before = speechEnded(at, before);
    }
    JitterBuffer after = before.insert(run);
    boolean late = before.isConcealed(run.start(), Math.min(run.end(), before.frontier()));
    boolean endsSpeech =
        run.end() > at.segmentStart()
            || (pace.speaking() && !newEpoch && run.end() == at.segmentStart());
    if (chunk.endOfSegment() && endsSpeech) {
      if (run.end() >= setup.cutters().of(at.rate()).nextInput(at)) {
        after = after.endSegment(run.end());
      } else {
        late = true;
      }
    }
    checkPieces(after);
    clock = at;
    buffer = after;
    return late ? Optional.of(lateSentence(run)) : Optional.empty();
  }

  private static String lateSentence(AudioRun run) {
    return "Samples %d to %d came after what was missing had been made up; what is late is dropped."
        .formatted(run.start(), run.end());
  }

  private static void checkRate(EpochClock at, ChunkReader.Chunk chunk)
      throws RejectedInputException {
    if (at.rate() != chunk.rate()) {
      throw new RejectedInputException(
          "rate-changed",
          "Sample rate %d where epoch %d began with %d; start a new epoch to change it."
              .formatted(chunk.rate(), at.epoch(), at.rate()));
    }
  }

  /**
   * Lets audio pass that is further ahead than may wait, when nothing waits for what lies between:
   * the producer counted the silence that was lived through, or goes on from audio that was refused
   * before. Otherwise a hole that is longer than the buffer could never be crossed.
   */
  private void checkLeap(AudioReach reach, JitterBuffer before, ChunkReader.Chunk chunk, Pace pace)
      throws RejectedInputException {
    AudioRun run = chunk.run();
    boolean real = reach.isCounted(run, pace) || refused.isContinuedBy(chunk);
    boolean begun = reach.at().epoch() == clock.epoch() && clock.rate() != 0;
    boolean awaited = begun && (isComplete() || before.gaps() > 0);
    if (awaited || !real || !reach.isPossible(run)) {
      refused = refused.refused(chunk);
      throw reach.tooFar(run);
    }
  }

  /** Nothing follows what came of the speech that is on, if any is. */
  private static JitterBuffer speechEnded(EpochClock at, JitterBuffer before) {
    return isBegun(at, before) ? before.endSegment(before.frontier()) : before;
  }

  private static boolean isBegun(EpochClock at, JitterBuffer buffer) {
    return at.segmentBlocks() > 0 || buffer.frontier() > at.segmentStart();
  }

  private static void checkPieces(JitterBuffer buffer) throws RejectedInputException {
    if (buffer.gaps() > MAX_GAPS || buffer.segmentEnds().size() > MAX_SEGMENT_ENDS) {
      throw new RejectedInputException(
          "too-fragmented",
          "The audio has more than %d gaps or %d segments waiting; send it in order."
              .formatted(MAX_GAPS, MAX_SEGMENT_ENDS));
    }
  }

  /** Makes up what is missing before an input sample, and says how much that was. */
  Optional<JitterBuffer.Gap> conceal(long position) {
    long from = buffer.frontier();
    if (position <= from) {
      return Optional.empty();
    }
    buffer = buffer.concealBefore(position, clock.segmentStart(), fadeSamples());
    return Optional.of(new JitterBuffer.Gap(from, buffer.frontier()));
  }

  /** The next block was released. */
  void blockReleased() {
    clock = clock.blockReleased();
  }

  /**
   * True when the audio of the next block can be left out and that of the block behind it is
   * complete.
   */
  boolean canLeaveOutBlock() {
    List<Long> ends = buffer.segmentEnds();
    long end = ends.isEmpty() ? buffer.frontier() : Math.min(buffer.frontier(), ends.get(0));
    return remaining(end) > setup.geometry().blockSamples()
        && (isSegmentKnown() || cutter().neededEnd(clock.blockLeftOut()) <= buffer.frontier());
  }

  /** Goes on with a later block; those between are never made. */
  void skipTo(long block) {
    clock = clock.skippedTo(block);
  }

  /** A block without audio was released. */
  void idleReleased() {
    clock = clock.idleReleased();
  }

  /** Leaves out the audio of the next block. */
  void leaveOutBlock() {
    clock = clock.blockLeftOut();
  }

  /** True when the next block's audio and all behind it that it needs came and is so quiet. */
  boolean isNextBlockBelow(float level) {
    long from = cutter().nextInput(clock);
    long to = cutter().nextInput(clock.blockLeftOut());
    if (clock.rate() == 0 || cutter().neededEnd(clock.blockLeftOut()) > buffer.frontier()) {
      return false;
    }
    for (float sample : buffer.known(from, to).samples()) {
      if (Math.abs(sample) > level) {
        return false;
      }
    }
    return true;
  }

  /** Speech came to a halt behind the last sample released; what follows begins a block. */
  void breakRun(long position) {
    clock = clock.nextSegment(position);
  }

  /** Leaves out a gap at the start of speech that is at least so many input samples long. */
  void skipGap(long least) {
    if (clock.rate() == 0 || isBegun(clock, buffer) || buffer.firstGapEnd().isEmpty()) {
      return;
    }
    long target = firstKnown();
    if (target - buffer.frontier() >= least) {
      buffer = buffer.skipTo(target);
      clock = clock.nextSegment(target);
    }
  }

  /** The first segment end was reached. */
  void segmentEnded(long position) {
    clock = clock.nextSegment(position);
    buffer = buffer.segmentEnded();
  }

  /** Forgets audio that no block needs any more. */
  void forget() {
    if (clock.rate() == 0) {
      return;
    }
    buffer = buffer.dropBefore(cutter().firstNeeded(clock));
  }
}
