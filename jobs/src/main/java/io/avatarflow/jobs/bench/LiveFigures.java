package io.avatarflow.jobs.bench;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToLongBiFunction;
import org.HdrHistogram.Histogram;

/**
 * What a live run comes to, from what the observer saw in a window of time. Histograms hold
 * microseconds. One thread.
 */
final class LiveFigures {
  private static final long HIGHEST_MICROS = 600_000_000;

  private final LiveClock clock;
  private final Collection<LiveSession> sessions;
  private final long fromMicros;
  private final long toMicros;

  /**
   * @param fromMicros blocks that are due before do not count
   * @param toMicros nor those that are due behind it
   */
  LiveFigures(LiveClock clock, Collection<LiveSession> sessions, long fromMicros, long toMicros) {
    this.clock = clock;
    this.sessions = sessions;
    this.fromMicros = fromMicros;
    this.toMicros = toMicros;
  }

  /** Some of the sessions, by what they are. */
  static Collection<LiveSession> withPrefix(Map<String, LiveSession> seen, String prefix) {
    return seen.entrySet().stream()
        .filter(entry -> entry.getKey().startsWith("bench/" + prefix))
        .map(Map.Entry::getValue)
        .toList();
  }

  /**
   * Share of the blocks due in the window whose last frame was polled by then; one that never came
   * was not.
   */
  double onTime() {
    long due = 0;
    long met = 0;
    for (LiveSession session : sessions) {
      if (session.openedMicros() == 0) {
        continue;
      }
      for (long block = 0; ; block++) {
        long deadline = clock.deadline(session.openedMicros(), block);
        if (deadline >= Math.min(toMicros, session.closedMicros())) {
          break;
        }
        if (deadline >= fromMicros) {
          LiveSession.Block seen = session.blocks().get(block);
          due++;
          met += seen != null && seen.polledMicros() <= deadline ? 1 : 0;
        }
      }
    }
    return due == 0 ? 0 : met / (double) due;
  }

  /**
   * Engine latency of spoken blocks: last frame polled, less the later of the last needed chunk's
   * production and the release, less the steps.
   */
  Histogram engine() {
    return leg(
        (block, needed) ->
            block.polledMicros()
                - Math.max(needed.producedMicros(), block.releaseMicros())
                - block.stepMicros());
  }

  /** From the production of the last needed chunk to the last frame polled. */
  Histogram endToEnd() {
    return leg((block, needed) -> block.polledMicros() - needed.producedMicros());
  }

  /** From the production of the last needed chunk to the release; 0 where the chunk came later. */
  Histogram arriving() {
    return leg((block, needed) -> block.releaseMicros() - needed.producedMicros());
  }

  /** At the stages behind ingest, outside of their steps. */
  Histogram queued() {
    return leg((block, needed) -> block.queueMicros());
  }

  /** From the release to the last frame's emission, less what the stages account for. */
  Histogram handedOver() {
    return leg(
        (block, needed) ->
            block.emitMicros() - block.releaseMicros() - block.stepMicros() - block.queueMicros());
  }

  /** From the last frame's emission to its poll. */
  Histogram leaving() {
    return leg((block, needed) -> block.polledMicros() - block.emitMicros());
  }

  /** Microseconds of each spoken block, from it and its last needed chunk. */
  private Histogram leg(ToLongBiFunction<LiveSession.Block, LiveSession.Chunk> micros) {
    Histogram histogram = histogram();
    each((session, index, block, needed) -> record(histogram, micros.applyAsLong(block, needed)));
    return histogram;
  }

  /**
   * The mean latency by the records alone against the one that the engine's trace gives: the Kafka
   * timestamps of the last frame and of the last chunk needed by its place in the speech, over the
   * trace's time of emission less the production of the chunk that the engine says it had applied.
   */
  double agreement() {
    List<Double> records = new ArrayList<>();
    List<Double> traces = new ArrayList<>();
    each(
        (session, index, block, needed) ->
            session
                .lastApplied(index)
                .ifPresent(
                    applied -> {
                      records.add((double) (block.stamp() - needed.stamp()));
                      traces.add((block.emitMicros() - applied.producedMicros()) / 1000.0);
                    }));
    return mean(records) / mean(traces);
  }

  /** From open to the first frame polled. */
  Histogram firstFrame() {
    Histogram histogram = histogram();
    sessions.forEach(
        session -> session.firstFrameAfterMicros().ifPresent(value -> record(histogram, value)));
    return histogram;
  }

  /** From an interrupt to the last frame of an older epoch that was polled. */
  Histogram stale() {
    Histogram histogram = histogram();
    sessions.forEach(session -> session.staleMicros().forEach(value -> record(histogram, value)));
    return histogram;
  }

  /** Device time of a session, milliseconds a second of media; no number without any. */
  double deviceMillisPerSecond() {
    double device = 0;
    long blocks = 0;
    for (LiveSession session : sessions) {
      for (LiveSession.Block block : session.blocks().values()) {
        if (block.polledMicros() >= fromMicros && block.polledMicros() < toMicros) {
          device += block.deviceMicros();
          blocks++;
        }
      }
    }
    return blocks == 0 ? Double.NaN : device / 1000 / (blocks * clock.blockMicros() / 1e6);
  }

  /** A percentile in milliseconds; no number when nothing was recorded. */
  static double millis(Histogram histogram, double percentile) {
    return histogram.getTotalCount() == 0
        ? Double.NaN
        : histogram.getValueAtPercentile(percentile) / 1000.0;
  }

  /** What is done with each spoken block of the window and the last chunk that it needed. */
  private interface Spoken {
    void block(LiveSession session, long index, LiveSession.Block block, LiveSession.Chunk needed);
  }

  private void each(Spoken consumer) {
    for (LiveSession session : sessions) {
      session
          .blocks()
          .forEach(
              (index, block) -> {
                Optional<LiveSession.Chunk> needed =
                    block.polledMicros() >= fromMicros && block.polledMicros() < toMicros
                        ? session.lastNeeded(index, clock.neededSamples())
                        : Optional.empty();
                needed.ifPresent(chunk -> consumer.block(session, index, block, chunk));
              });
    }
  }

  private static double mean(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
  }

  private static Histogram histogram() {
    return new Histogram(HIGHEST_MICROS, 3);
  }

  private static void record(Histogram histogram, long micros) {
    histogram.recordValue(Math.max(0, Math.min(HIGHEST_MICROS, micros)));
  }
}
