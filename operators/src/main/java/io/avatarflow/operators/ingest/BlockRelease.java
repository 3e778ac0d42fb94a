package io.avatarflow.operators.ingest;

import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.schemas.BlockFill;
import io.avatarflow.schemas.DecisionMark;
import io.avatarflow.schemas.SegmentEndMark;
import io.avatarflow.schemas.SessionEventType;
import java.util.List;
import java.util.Map;

/**
 * Sends the blocks of one turn of an open session downstream, each behind the mark that says what
 * was decided about it. Used by one thread.
 */
final class BlockRelease {
  private final IngestSetup setup;
  private final String sessionKey;
  private final SessionAudio audio;
  private final ParameterTrack parameters;
  private final Outbox out;
  private final long ingestMicros;
  private final long lastOffset;

  /**
   * @param ingestMicros when the input arrived that lets the blocks leave
   * @param lastOffset offset of the last input applied
   */
  BlockRelease(
      IngestSetup setup,
      String sessionKey,
      SessionAudio audio,
      ParameterTrack parameters,
      Outbox out,
      long ingestMicros,
      long lastOffset) {
    this.setup = setup;
    this.sessionKey = sessionKey;
    this.audio = audio;
    this.parameters = parameters;
    this.out = out;
    this.ingestMicros = ingestMicros;
    this.lastOffset = lastOffset;
  }

  /** Sends all that is complete: whole segments that ended, then whole blocks. */
  void complete() {
    if (audio.clock().rate() == 0) {
      return;
    }
    while (!audio.buffer().segmentEnds().isEmpty() && !isFull()) {
      segment(audio.buffer().segmentEnds().get(0));
    }
    conceal(setup.pacing().missingBefore(audio.buffer(), audio.clock().rate()));
    BlockCutter cutter = audio.cutter();
    while (!isFull() && cutter.isComplete(audio.clock(), audio.buffer().frontier())) {
      block(audio.buffer().frontier(), false);
    }
    audio.forget();
  }

  /** Sends everything; frames end where the audio ends. */
  void rest() {
    complete();
    if (audio.clock().rate() == 0) {
      return;
    }
    conceal(audio.buffer().end());
    blocksUpTo(audio.buffer().frontier(), true);
  }

  /** No block may begin beyond the longest duration. */
  private boolean isFull() {
    return audio.mediaSample() >= setup.maxSamples();
  }

  private void segment(long end) {
    conceal(end);
    blocksUpTo(end, false);
    if (isFull() && remaining(end) > 0) {
      return;
    }
    EpochClock clock = audio.clock();
    long segmentSamples = audio.cutter().segmentSamples(clock, end);
    long segmentBegan = audio.mediaSample() - audio.cutter().nextSample(clock);
    out.mark(
        clock.epoch(), new SegmentEndMark(clock.nextBlock() - 1, segmentBegan + segmentSamples));
    audio.segmentEnded(end);
  }

  private long remaining(long end) {
    EpochClock clock = audio.clock();
    return audio.cutter().segmentSamples(clock, end) - audio.cutter().nextSample(clock);
  }

  private void blocksUpTo(long end, boolean closing) {
    while (!isFull() && remaining(end) > 0) {
      block(end, closing);
    }
  }

  private void conceal(long position) {
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

  private void block(long end, boolean closing) {
    EpochClock clock = audio.clock();
    BlockCutter.Cut cut = audio.cutter().cut(clock, audio.buffer(), end, closing);
    boolean whole = cut.audio().sampleCount() == setup.geometry().blockSamples();
    out.mark(
        clock.epoch(),
        new DecisionMark(
            clock.nextBlock(),
            cut.epochSample(),
            cut.audio().sampleCount(),
            whole ? BlockFill.NONE : BlockFill.SEGMENT_END,
            cut.concealed(),
            0,
            lastOffset));
    out.block(
        new MediaBlock(
            sessionKey,
            clock.nextBlock(),
            clock.epoch(),
            0,
            cut.audio(),
            parameters.of(clock.nextBlock(), setup.geometry().frames()),
            new MediaBlock.BlockFlags(false, !cut.concealed().isEmpty(), false, false, false),
            0,
            Map.of(),
            List.of(),
            ingestMicros));
    audio.blockReleased();
  }
}
