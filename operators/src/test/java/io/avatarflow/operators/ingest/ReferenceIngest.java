package io.avatarflow.operators.ingest;

import io.avatarflow.operators.audio.AbsoluteResampler;
import io.avatarflow.operators.audio.AudioSpan;
import io.avatarflow.operators.audio.Pcm;
import io.avatarflow.operators.stage.MediaBlock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;

/**
 * The rules of ingest, sample by sample and without forgetting anything: what the stage is compared
 * with.
 */
final class ReferenceIngest {
  private final int packRate;
  private final int inputRate;
  private final int frames;
  private final int lookAhead;
  private final int window;
  private final long most;
  private final AbsoluteResampler toFeatures;
  private final AbsoluteResampler toPlayback;

  private final List<Block> blocks = new ArrayList<>();
  private final TreeMap<Long, Float> samples = new TreeMap<>();
  private final TreeMap<Long, Boolean> concealed = new TreeMap<>();
  private long epoch;
  private long frontier;
  private long segmentStart;
  private long segmentBlocks;
  private long refusedEpoch = -1;
  private long refusedEnd;

  /**
   * @param mostSeconds how much audio may wait
   */
  ReferenceIngest(
      int packRate, int inputRate, int frames, int lookAhead, int windowMillis, int mostSeconds) {
    this.packRate = packRate;
    this.inputRate = inputRate;
    this.frames = frames;
    this.lookAhead = lookAhead;
    this.window = windowMillis * inputRate / 1000;
    this.most = (long) mostSeconds * inputRate;
    this.toFeatures = new AbsoluteResampler(inputRate, packRate);
    this.toPlayback = new AbsoluteResampler(inputRate, 48_000);
  }

  /** What is compared of a block. */
  record Block(
      long index,
      long epoch,
      int sampleCount,
      List<Float> features,
      List<Short> playback,
      int playbackCount,
      int videoFrames,
      boolean concealed) {
    static Block of(MediaBlock block) {
      return new Block(
          block.index(),
          block.epoch(),
          block.audio().sampleCount(),
          boxed(block.audio().features()),
          boxed(block.audio().playback()),
          block.audio().playbackCount(),
          block.audio().videoFrames(),
          block.flags().concealed());
    }

    private static List<Float> boxed(float[] values) {
      List<Float> list = new ArrayList<>();
      for (float value : values) {
        list.add(value);
      }
      return list;
    }

    private static List<Short> boxed(short[] values) {
      List<Short> list = new ArrayList<>();
      for (short value : values) {
        list.add(value);
      }
      return list;
    }
  }

  List<Block> blocks() {
    return blocks;
  }

  void interrupt(long newEpoch) {
    if (newEpoch > epoch) {
      epoch = newEpoch;
      samples.clear();
      concealed.clear();
      frontier = 0;
      segmentStart = 0;
      segmentBlocks = 0;
    }
  }

  /** Takes a chunk; false when it is too far ahead. */
  boolean chunk(long chunkEpoch, long first, float[] values, boolean endOfSegment) {
    if (chunkEpoch < epoch) {
      return true;
    }
    if (first + values.length > (chunkEpoch > epoch ? 0 : released()) + most) {
      boolean goesOn = chunkEpoch == refusedEpoch && first == refusedEnd;
      boolean gap = chunkEpoch == epoch && !samples.isEmpty() && samples.lastKey() >= frontier;
      if (!goesOn || gap) {
        refusedEpoch = chunkEpoch;
        refusedEnd = first + values.length;
        return false;
      }
      interrupt(chunkEpoch);
      leap(first);
    }
    interrupt(chunkEpoch);
    for (int i = 0; i < values.length; i++) {
      if (first + i >= frontier) {
        samples.putIfAbsent(first + i, values[i]);
      }
    }
    advance();
    long end = first + values.length;
    if (endOfSegment && end > segmentStart && end >= released()) {
      conceal(end);
      release(end, false);
      segmentStart = end;
      segmentBlocks = 0;
    }
    conceal(missing());
    while (isComplete()) {
      block(frontier, false);
    }
    return true;
  }

  /** What was said ends, and what follows begins anew. */
  private void leap(long first) {
    release(frontier, false);
    frontier = first;
    segmentStart = first;
    segmentBlocks = 0;
  }

  private long released() {
    return segmentStart + segmentBlocks * blockSamples() * inputRate / packRate;
  }

  void close() {
    conceal(samples.isEmpty() ? 0 : samples.lastKey() + 1);
    release(frontier, true);
  }

  private int blockSamples() {
    return frames * packRate / 25;
  }

  private void advance() {
    while (samples.containsKey(frontier)) {
      frontier++;
    }
  }

  private long missing() {
    long missing = frontier;
    for (long at : samples.tailMap(frontier).keySet()) {
      if (!samples.containsKey(at - 1) && samples.lastKey() + 1 - at >= window) {
        missing = at;
      }
    }
    return missing;
  }

  private void conceal(long position) {
    while (frontier < position) {
      float last =
          frontier > segmentStart && samples.containsKey(frontier - 1)
              ? samples.get(frontier - 1)
              : 0;
      int fade = inputRate / 100;
      for (int i = 0; frontier < position && !samples.containsKey(frontier); i++) {
        samples.put(frontier, i < fade ? last * (fade - i) / (fade + 1) : 0f);
        concealed.put(frontier, true);
        frontier++;
      }
      advance();
    }
  }

  private boolean isComplete() {
    long features = segmentBlocks * blockSamples() + (long) (frames + lookAhead) * (packRate / 25);
    long playback = (segmentBlocks + 1) * (frames * 1920L);
    long known = frontier - segmentStart;
    return toFeatures.endInput(features) <= known && toPlayback.endInput(playback) <= known;
  }

  private void release(long end, boolean closing) {
    while (segmentBlocks * blockSamples() < toFeatures.outputLength(end - segmentStart)) {
      block(end, closing);
    }
  }

  private void block(long end, boolean closing) {
    int length = (int) (end - segmentStart);
    float[] segment = new float[length];
    for (int i = 0; i < length; i++) {
      segment[i] = samples.get(segmentStart + i);
    }
    long first = segmentBlocks * blockSamples();
    long total = toFeatures.outputLength(length);
    int featureCount = (frames + lookAhead) * (packRate / 25);
    float[] features = toFeatures.resample(AudioSpan.of(segment), first, featureCount);
    int count = (int) Math.min(blockSamples(), total - first);
    if (total - first < featureCount) {
      Arrays.fill(features, (int) (total - first), featureCount, 0f);
    }
    int playbackSamples = frames * 1920;
    long playbackFirst = segmentBlocks * playbackSamples;
    short[] playback =
        Pcm.toShorts(toPlayback.resample(AudioSpan.of(segment), playbackFirst, playbackSamples));
    int playbackCount =
        (int) Math.min(playbackSamples, toPlayback.outputLength(length) - playbackFirst);
    Arrays.fill(playback, playbackCount, playbackSamples, (short) 0);
    double seconds = (double) length / inputRate - (double) first / packRate;
    int videoFrames = (int) Math.min(frames, Math.ceil(seconds * 25 - 1e-9));
    blocks.add(
        new Block(
            blocks.size(),
            epoch,
            count,
            Block.boxed(features),
            Block.boxed(playback),
            closing ? playbackCount : playbackSamples,
            closing ? videoFrames : frames,
            isConcealed(first, count)));
    segmentBlocks++;
  }

  /** Whether an input sample within the block's time was made up. */
  private boolean isConcealed(long first, int count) {
    return concealed.keySet().stream()
        .filter(at -> at >= segmentStart)
        .anyMatch(
            at ->
                toFeatures.outputLength(at - segmentStart + 1) > first
                    && (at - segmentStart) * packRate / inputRate < first + count);
  }
}
