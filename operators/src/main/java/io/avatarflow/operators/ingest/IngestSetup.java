package io.avatarflow.operators.ingest;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What all turns of an ingest stage share. Safe for use by several threads.
 *
 * @param geometry the pack's blocks
 * @param options limits
 * @param pacing when blocks leave
 * @param rules parameters
 * @param opening who may open
 * @param cutters cutters by input rate
 * @param silence samples of a block without audio
 * @param seats how many sessions may be open
 * @param ladder at which rung a block is made
 */
record IngestSetup(
    BlockGeometry geometry,
    IngestOptions options,
    Pacing pacing,
    ParameterRules rules,
    SessionOpening opening,
    Cutters cutters,
    Silence silence,
    SeatPolicy seats,
    QualityLadder ladder) {

  /** Longest media of a session, media samples. */
  long maxSamples() {
    return IngestOptions.samples(options.maxDuration(), geometry.sampleRate());
  }

  /**
   * The samples of a block without audio, which all such blocks share: most sessions are silent
   * most of the time.
   *
   * @param features zeros; not written to
   * @param playback zeros; not written to
   */
  record Silence(float[] features, short[] playback) {
    static Silence of(BlockGeometry geometry) {
      return new Silence(
          new float[geometry.featureSamples()], new short[geometry.playbackSamples()]);
    }
  }

  /**
   * Block cutters of the input rates used last; a cutter holds tables, and rates are the session's
   * choice, so their number is bounded.
   */
  static final class Cutters {
    private static final int KEPT = 16;

    private final BlockGeometry geometry;
    private final Map<Integer, BlockCutter> byRate = new LinkedHashMap<>(KEPT, 0.75f, true);

    Cutters(BlockGeometry geometry) {
      this.geometry = geometry;
    }

    synchronized BlockCutter of(int inputRate) {
      BlockCutter cutter = byRate.get(inputRate);
      if (cutter == null) {
        cutter = new BlockCutter(geometry, inputRate);
        byRate.put(inputRate, cutter);
        if (byRate.size() > KEPT) {
          byRate.remove(byRate.keySet().iterator().next());
        }
      }
      return cutter;
    }
  }
}
