package io.avatarflow.operators.ingest;

import io.avatarflow.operators.audio.AbsoluteResampler;
import io.avatarflow.operators.audio.AudioSpan;
import io.avatarflow.operators.audio.Pcm;
import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.schemas.SampleRange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Cuts blocks out of a segment's audio at one input rate. Immutable and safe for use by any thread.
 */
final class BlockCutter {
  private final BlockGeometry geometry;
  private final AbsoluteResampler toFeatures;
  private final AbsoluteResampler toPlayback;

  BlockCutter(BlockGeometry geometry, int inputRate) {
    this.geometry = geometry;
    this.toFeatures = new AbsoluteResampler(inputRate, geometry.sampleRate());
    this.toPlayback = new AbsoluteResampler(inputRate, BlockGeometry.PLAYBACK_RATE);
  }

  /**
   * A block's audio.
   *
   * @param audio as the stages want it
   * @param epochSample where it begins in the epoch's audio, media samples
   * @param concealed stretches of the epoch's audio that were made up, media samples
   */
  record Cut(MediaBlock.BlockAudio audio, long epochSample, List<SampleRange> concealed) {}

  /** Media samples of the segment up to an input sample, rounded up. */
  long segmentSamples(EpochClock clock, long end) {
    return toFeatures.outputLength(end - clock.segmentStart());
  }

  /** Media sample of the segment at which the next block begins. */
  long nextSample(EpochClock clock) {
    return clock.segmentBlocks() * geometry.blockSamples();
  }

  /** Just behind the last input sample that the next block and its look-ahead depend on. */
  long neededEnd(EpochClock clock) {
    long featuresEnd = nextSample(clock) + geometry.featureSamples();
    long playbackEnd = (clock.segmentBlocks() + 1) * geometry.playbackSamples();
    return clock.segmentStart()
        + Math.max(toFeatures.endInput(featuresEnd), toPlayback.endInput(playbackEnd));
  }

  /** Where the next block begins in the epoch's audio, media samples. */
  long epochSample(EpochClock clock) {
    return toFeatures.outputLength(clock.segmentStart()) + nextSample(clock);
  }

  /** Input sample at which the next block begins, rounded down. */
  long nextInput(EpochClock clock) {
    return clock.segmentStart() + inputOf(nextSample(clock), clock);
  }

  private long inputOf(long segmentSample, EpochClock clock) {
    return Math.floorDiv(segmentSample * clock.rate(), geometry.sampleRate());
  }

  /** First input sample that blocks to come depend on. */
  long firstNeeded(EpochClock clock) {
    long playback = clock.segmentBlocks() * geometry.playbackSamples();
    return clock.segmentStart()
        + Math.min(toFeatures.firstInput(nextSample(clock)), toPlayback.firstInput(playback));
  }

  /**
   * Cuts the next block.
   *
   * @param end input sample at which the signal ends, and silence begins
   * @param closing nothing follows the signal's end, so the block's frames end with it
   */
  Cut cut(EpochClock clock, JitterBuffer buffer, long end, boolean closing) {
    AudioSpan span = span(clock, buffer, end);
    long first = nextSample(clock);
    long playbackFirst = clock.segmentBlocks() * geometry.playbackSamples();
    int real = clip(segmentSamples(clock, end) - first, geometry.featureSamples());
    int playbackReal =
        clip(
            toPlayback.outputLength(end - clock.segmentStart()) - playbackFirst,
            geometry.playbackSamples());
    float[] features = toFeatures.resample(span, first, real);
    float[] playback = toPlayback.resample(span, playbackFirst, playbackReal);
    int count = Math.min(real, geometry.blockSamples());
    int spoken = (count + geometry.frameSamples() - 1) / geometry.frameSamples();
    MediaBlock.BlockAudio audio =
        new MediaBlock.BlockAudio(
            clock.nextBlock() * geometry.blockSamples(),
            count,
            Arrays.copyOf(features, geometry.featureSamples()),
            Arrays.copyOf(Pcm.toShorts(playback), geometry.playbackSamples()),
            closing ? playbackReal : geometry.playbackSamples(),
            closing ? spoken : geometry.frames());
    long epochSample = epochSample(clock);
    return new Cut(audio, epochSample, concealed(clock, buffer, first, count, epochSample));
  }

  private static int clip(long count, int most) {
    return (int) Math.min(count, most);
  }

  private AudioSpan span(EpochClock clock, JitterBuffer buffer, long end) {
    long from = Math.max(buffer.head().start(), clock.segmentStart());
    long to = Math.max(from, Math.min(Math.min(end, buffer.frontier()), neededEnd(clock)));
    AudioRun known = buffer.known(from, to);
    return new AudioSpan(known.samples(), 0, known.samples().length, from - clock.segmentStart());
  }

  private List<SampleRange> concealed(
      EpochClock clock, JitterBuffer buffer, long first, int count, long epochSample) {
    List<SampleRange> ranges = new ArrayList<>();
    long at = first;
    for (JitterBuffer.Gap gap : buffer.concealed()) {
      if (gap.end() <= clock.segmentStart()) {
        continue;
      }
      long start = Math.max(gap.start() - clock.segmentStart(), 0);
      long from = Math.max(at, start * geometry.sampleRate() / clock.rate());
      long to = Math.min(first + count, segmentSamples(clock, gap.end()));
      if (from < to) {
        ranges.add(new SampleRange(epochSample + from - first, (int) (to - from)));
        at = to;
      }
    }
    return ranges;
  }
}
