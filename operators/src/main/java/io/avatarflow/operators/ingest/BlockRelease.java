package io.avatarflow.operators.ingest;

import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.schemas.BlockFill;
import io.avatarflow.schemas.DecisionMark;
import io.avatarflow.schemas.SampleRange;
import io.avatarflow.schemas.SegmentEndMark;
import io.avatarflow.schemas.SessionEventType;
import io.avatarflow.schemas.SkippedMark;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Sends the blocks of one turn of an open session downstream, each behind the mark that says what
 * was decided about it. When which block leaves is up to a {@link Pacing} or a {@link
 * DecisionScript}. Used by one thread.
 */
final class BlockRelease {
  private final IngestSetup setup;
  private final String sessionKey;
  private final SessionAudio audio;
  private final ParameterTrack parameters;
  private final Outbox out;
  private final long nowMicros;
  private final long lastOffset;
  private Pace pace;
  private DecisionScript script;
  private MediaBlock.BlockAudio released;

  /**
   * @param nowMicros when what lets the blocks leave happened, microseconds since the epoch
   * @param lastOffset offset of the last input applied
   */
  BlockRelease(
      IngestSetup setup,
      String sessionKey,
      SessionAudio audio,
      ParameterTrack parameters,
      Pace pace,
      DecisionScript script,
      Outbox out,
      long nowMicros,
      long lastOffset) {
    this.setup = setup;
    this.sessionKey = sessionKey;
    this.audio = audio;
    this.parameters = parameters;
    this.pace = pace;
    this.script = script;
    this.out = out;
    this.nowMicros = nowMicros;
    this.lastOffset = lastOffset;
  }

  IngestSetup setup() {
    return setup;
  }

  SessionAudio audio() {
    return audio;
  }

  ParameterTrack parameters() {
    return parameters;
  }

  Pace pace() {
    return pace;
  }

  DecisionScript script() {
    return script;
  }

  long nowMicros() {
    return nowMicros;
  }

  /** No block may begin beyond the longest duration. */
  boolean isFull() {
    return audio.mediaSample() >= setup.maxSamples();
  }

  /** Releases the blocks that the script says were released with the inputs applied so far. */
  void follow() {
    settleSegments();
    for (Optional<DecisionScript.Decision> next = script.next();
        next.isPresent() && !isFull();
        next = script.next()) {
      DecisionScript.Decision decision = next.get();
      if (decision.sampleCount() > 0 && audio.position() < decision.firstSample()) {
        skipGap(Duration.ZERO);
      }
      if (decision.lastOffset() > lastOffset) {
        return;
      }
      skipTo(decision.block());
      growShift(false);
      obey(decision);
      settleSegments();
    }
    script = isFull() ? DecisionScript.EMPTY : script;
  }

  private void obey(DecisionScript.Decision decision) {
    int blockSamples = setup.geometry().blockSamples();
    while (decision.sampleCount() > 0
        && audio.position() + blockSamples <= decision.firstSample()
        && audio.remaining(audio.buffer().frontier()) > blockSamples) {
      audio.leaveOutBlock();
    }
    long position = audio.position();
    int count = 0;
    if (decision.sampleCount() > 0 && audio.hasPending()) {
      count = audioBlock();
    } else {
      idleBlock();
    }
    boolean same = position == decision.firstSample() && count == decision.sampleCount();
    script = same ? script.afterNext() : DecisionScript.EMPTY;
    if (!same) {
      out.event(
          audio.mediaSample(),
          SessionEventType.REJECTED_INPUT,
          "decision-mismatch",
          "Block %d was decided to hold %d samples from %d on, the input gives %d from %d on; deciding anew."
              .formatted(
                  decision.block(),
                  decision.sampleCount(),
                  decision.firstSample(),
                  count,
                  position));
    }
  }

  /** Moves the session's media on when more time passed than its next block has. */
  void growShift(boolean paused) {
    MediaTimeline timeline = MediaTimeline.of(setup, pace);
    long block = audio.clock().nextBlock();
    if (paused && !audio.hasPending()) {
      pace = pace.shifted(Math.max(0, nowMicros - timeline.start(block)));
    } else if (nowMicros > timeline.deadline(block)) {
      pace = pace.halted(nowMicros - timeline.audioDue(block));
    }
  }

  /** Puts off the next block by its own length: the device has more than it can make. */
  void halt(long dueMicros) {
    long blockMicros = MediaTimeline.of(setup, pace).blockMicros();
    pace = pace.halted(Math.max(0, nowMicros - dueMicros) + blockMicros);
  }

  /**
   * Skips blocks of a live session that is behind the clock: silent ones, and spoken ones whose
   * producer speaks second for second, as long as the block behind them is complete.
   */
  void catchUp() {
    long blockMicros = MediaTimeline.of(setup, pace).blockMicros();
    boolean spoken = audio.hasPending();
    long block = audio.clock().nextBlock();
    for (long behind = pace.lag().behindMicros();
        block > 0
            && behind >= blockMicros
            && (spoken ? pace.lag().paced() && audio.canLeaveOutBlock() : !pace.closing());
        behind -= blockMicros) {
      block++;
      if (spoken) {
        audio.leaveOutBlock();
      }
    }
    skipTo(block);
  }

  /** Goes on with a later block, and says so; with the next one, nothing happens. */
  private void skipTo(long block) {
    long next = audio.clock().nextBlock();
    if (block <= next) {
      return;
    }
    out.mark(audio.clock().epoch(), new SkippedMark(next, block));
    pace = pace.caughtUp((block - next) * MediaTimeline.of(setup, pace).blockMicros());
    audio.skipTo(block);
  }

  /** Ends the segments whose last sample was released. */
  void settleSegments() {
    while (!audio.buffer().segmentEnds().isEmpty() && endSegment()) {
      // Segments may be empty, so several may end here.
    }
  }

  /** Ends the first segment if all of it was released. */
  boolean endSegment() {
    long end = audio.buffer().segmentEnds().get(0);
    if (audio.remaining(end) > 0) {
      return false;
    }
    conceal(end);
    EpochClock clock = audio.clock();
    long segmentSamples = audio.cutter().segmentSamples(clock, end);
    long segmentBegan = audio.mediaSample() - audio.cutter().nextSample(clock);
    out.mark(
        clock.epoch(), new SegmentEndMark(clock.nextBlock() - 1, segmentBegan + segmentSamples));
    audio.segmentEnded(end);
    pace = pace.speaking(false);
    return true;
  }

  /**
   * Goes on to what comes behind a gap when speech has not begun: the silence was lived through
   * already.
   *
   * @param least shorter gaps stay, for chunks that overtook each other
   */
  void skipGap(Duration least) {
    audio.skipGap(Math.max(1, IngestOptions.samples(least, audio.clock().rate())));
  }

  /** Leaves out silence when live audio piled up. */
  void leaveOutSilence() {
    MediaTimeline timeline = MediaTimeline.of(setup, pace);
    while (ProducerSkew.leavesOut(pace, audio, timeline)) {
      audio.leaveOutBlock();
      Pace.Lag lag = pace.lag();
      pace = pace.with(lag.owing(lag.debtMicros() - timeline.blockMicros()));
    }
  }

  /** Puts in a block without audio behind a silent one when live audio comes ever later. */
  void putInSilence() {
    long block = audio.clock().nextBlock() - 1;
    MediaTimeline timeline = MediaTimeline.of(setup, pace);
    if (!pace.closing()
        && !isFull()
        && released.sampleCount() == setup.geometry().blockSamples()
        && ProducerSkew.putsIn(released, timeline, block, nowMicros)) {
      idleBlock();
    }
  }

  /** Makes up what is missing before an input sample. */
  void conceal(long position) {
    audio
        .conceal(position)
        .ifPresent(
            gap ->
                out.event(
                    audio.mediaSample(),
                    SessionEventType.CONCEALED,
                    "missing-audio",
                    "Audio was missing from sample %d on, before sample %d, and was made up."
                        .formatted(gap.start(), gap.end())));
  }

  /** Releases blocks until all before an input sample is in one. */
  void blocksUpTo(long end, boolean closing) {
    while (!isFull() && audio.remaining(end) > 0) {
      block(end, closing);
    }
  }

  /**
   * Releases a block with the audio that is there: gaps with something behind them are made up, and
   * where nothing follows, silence does.
   *
   * @return how many samples of the epoch's audio it holds
   */
  int audioBlock() {
    for (long gapEnd = audio.gapEnd(); gapEnd >= 0; gapEnd = audio.gapEnd()) {
      conceal(gapEnd);
    }
    List<Long> ends = audio.buffer().segmentEnds();
    long frontier = audio.buffer().frontier();
    long end = ends.isEmpty() ? frontier : Math.min(frontier, ends.get(0));
    boolean last = pace.closing() && ends.isEmpty() && audio.buffer().firstGapEnd().isEmpty();
    int count = block(end, last);
    boolean ended = last || (!ends.isEmpty() && end == ends.get(0));
    if (count < setup.geometry().blockSamples() && !ended) {
      audio.breakRun(end);
    }
    return count;
  }

  /**
   * Releases a block of the audio before an input sample.
   *
   * @param closing nothing follows, so frames end where the audio ends
   * @return how many samples of the epoch's audio it holds
   */
  int block(long end, boolean closing) {
    BlockCutter.Cut cut = audio.cutter().cut(audio.clock(), audio.buffer(), end, closing);
    int count = cut.audio().sampleCount();
    List<Long> ends = audio.buffer().segmentEnds();
    BlockFill fill =
        count == setup.geometry().blockSamples()
            ? BlockFill.NONE
            : closing || (!ends.isEmpty() && end == ends.get(0))
                ? BlockFill.SEGMENT_END
                : BlockFill.UNDERFLOW;
    send(cut.audio(), cut.epochSample(), fill, cut.concealed(), false);
    pace = pace.speaking(true);
    audio.blockReleased();
    return count;
  }

  /** Releases a block without audio, for the idle policy to fill. */
  void idleBlock() {
    BlockGeometry geometry = setup.geometry();
    MediaBlock.BlockAudio silence =
        new MediaBlock.BlockAudio(
            audio.mediaSample(),
            0,
            setup.silence().features(),
            setup.silence().playback(),
            geometry.playbackSamples(),
            geometry.frames());
    BlockFill fill = pace.speaking() ? BlockFill.UNDERFLOW : BlockFill.SEGMENT_END;
    send(silence, audio.position(), fill, List.of(), true);
    audio.idleReleased();
  }

  private void send(
      MediaBlock.BlockAudio samples,
      long epochSample,
      BlockFill fill,
      List<SampleRange> concealed,
      boolean idle) {
    released = samples;
    EpochClock clock = audio.clock();
    long block = clock.nextBlock();
    long deadline = setup.pacing().deadline(setup, pace, block);
    int rung = rung(block, deadline, idle);
    out.mark(
        clock.epoch(),
        new DecisionMark(
            block, epochSample, samples.sampleCount(), fill, concealed, rung, lastOffset));
    out.block(
        new MediaBlock(
            sessionKey,
            block,
            clock.epoch(),
            0,
            samples,
            parameters.of(block, setup.geometry().frames()),
            new MediaBlock.BlockFlags(idle, !concealed.isEmpty(), !idle && rung > 0),
            rung,
            Map.of(),
            List.of(),
            nowMicros,
            deadline));
    pace = pace.released(idle);
  }

  private int rung(long block, long deadline, boolean idle) {
    Optional<DecisionScript.Decision> decided = script.of(block);
    int rung =
        decided.isPresent()
            ? decided.get().rung()
            : setup
                .ladder()
                .rung(
                    new QualityLadder.Ask(
                        sessionKey,
                        block,
                        nowMicros,
                        deadline,
                        parameters.base(),
                        idle,
                        pace.idleBlocks() * MediaTimeline.of(setup, pace).blockMicros(),
                        pace.rung()));
    // Who is silent rests at the lowest rung now and then, which is no news.
    if (!idle && rung != pace.rung()) {
      boolean down = rung > pace.rung();
      out.event(
          audio.mediaSample(),
          down ? SessionEventType.DEGRADED : SessionEventType.RECOVERED,
          down ? "overload" : "",
          "Blocks are made at rung %d from block %d on.".formatted(rung, block));
      pace = pace.atRung(rung);
    }
    return rung;
  }
}
