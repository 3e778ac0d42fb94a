package io.avatarflow.jobs.bench;

import io.avatarflow.schemas.AudioChunk;
import io.avatarflow.schemas.BlockFill;
import io.avatarflow.schemas.DecisionMark;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.StageTrace;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * What an observer saw of one live session on the input topic and on the frames topic.
 *
 * <p>All times are microseconds since the epoch. One thread.
 */
final class LiveSession {
  /** A chunk on the input topic: when it was produced and which samples of its epoch it brings. */
  record Chunk(
      long epoch, long end, boolean endOfSegment, long offset, long producedMicros, long stamp) {}

  /** An interrupt on the input topic. */
  record BargeIn(long epoch, long producedMicros) {}

  /**
   * A block on the frames topic.
   *
   * @param epoch that it belongs to
   * @param idle true when the idle policy made it
   * @param polledMicros when its last video frame was polled
   * @param stamp the Kafka timestamp of that frame, milliseconds
   * @param releaseMicros when ingest released it, by its trace
   * @param emitMicros when its last video frame left the engine, by its trace
   * @param stepMicros spent inside the steps of the stages behind ingest, by its trace
   * @param queueMicros spent at those stages outside of their steps, by its trace
   * @param deviceMicros spent inside the steps of the stages that run on the device, divided among
   *     the members of its largest batch
   */
  record Block(
      long epoch,
      boolean idle,
      long polledMicros,
      long stamp,
      long releaseMicros,
      long emitMicros,
      long stepMicros,
      long queueMicros,
      double deviceMicros) {}

  private static final List<String> DEVICE_STAGES = List.of("motion", "denoise", "blend", "decode");

  private final List<Chunk> chunks = new ArrayList<>();
  private final List<BargeIn> bargeIns = new ArrayList<>();
  private final Map<Long, DecisionMark> decisions = new HashMap<>();
  private final TreeMap<Long, Block> blocks = new TreeMap<>();
  private final Map<Long, Long> lastFrameOfEpoch = new HashMap<>();
  private long openedMicros;
  private long closedMicros = Long.MAX_VALUE;
  private long firstFrameMicros;

  void opened(long producedMicros) {
    openedMicros = producedMicros;
  }

  void closed(long producedMicros) {
    closedMicros = producedMicros;
  }

  void chunk(AudioChunk chunk, long offset, long producedMicros, long stamp) {
    long samples = chunk.getPayload().remaining() / 2;
    chunks.add(
        new Chunk(
            chunk.getEpoch(),
            chunk.getFirstSample() + samples,
            chunk.getEndOfSegment(),
            offset,
            producedMicros,
            stamp));
  }

  void bargeIn(long epoch, long producedMicros) {
    bargeIns.add(new BargeIn(epoch, producedMicros));
  }

  void decision(DecisionMark mark) {
    decisions.putIfAbsent(mark.getBlock(), mark);
  }

  void videoFrame(EncodedFrame frame, long epoch, long polledMicros, long stamp) {
    if (firstFrameMicros == 0) {
      firstFrameMicros = polledMicros;
    }
    lastFrameOfEpoch.merge(epoch, polledMicros, Math::max);
    long steps = 0;
    long queue = 0;
    long device = 0;
    for (StageTrace stage : frame.getTrace().getStages()) {
      boolean behindIngest = !stage.getStage().equals("ingest");
      steps += behindIngest ? stage.getComputeMicros() : 0;
      queue += behindIngest ? stage.getQueueMicros() : 0;
      device += DEVICE_STAGES.contains(stage.getStage()) ? stage.getComputeMicros() : 0;
    }
    blocks.put(
        frame.getBlock(),
        new Block(
            epoch,
            frame.getFlags().getIdle(),
            polledMicros,
            stamp,
            frame.getTrace().getReleaseMicros(),
            frame.getTrace().getEmitMicros(),
            steps,
            queue,
            device / (double) Math.max(1, frame.getBatchSize())));
  }

  /** When the session was opened, by its producer. */
  long openedMicros() {
    return openedMicros;
  }

  /** When it was closed, by its producer; far away while it is open. */
  long closedMicros() {
    return closedMicros;
  }

  /** From its open to its first picture at the consumer. */
  OptionalLong firstFrameAfterMicros() {
    return openedMicros == 0 || firstFrameMicros == 0
        ? OptionalLong.empty()
        : OptionalLong.of(firstFrameMicros - openedMicros);
  }

  /** By index. */
  Map<Long, Block> blocks() {
    return blocks;
  }

  /** For each interrupt, how long behind it a picture of an older epoch still came; 0 for none. */
  List<Long> staleMicros() {
    List<Long> all = new ArrayList<>();
    for (BargeIn bargeIn : bargeIns) {
      long last =
          lastFrameOfEpoch.entrySet().stream()
              .filter(entry -> entry.getKey() < bargeIn.epoch())
              .mapToLong(Map.Entry::getValue)
              .max()
              .orElse(0);
      all.add(Math.max(0, last - bargeIn.producedMicros()));
    }
    return all;
  }

  /**
   * The last chunk that a spoken block needed, found by its place in the speech.
   *
   * @param needed samples from the block's first to the end of its look-ahead
   */
  Optional<Chunk> lastNeeded(long index, int needed) {
    DecisionMark decision = decisions.get(index);
    Block block = blocks.get(index);
    if (decision == null || block == null || block.idle() || isFilled(decision)) {
      return Optional.empty();
    }
    long end = decision.getFirstSample() + needed;
    return chunks.stream()
        .filter(chunk -> chunk.epoch() == block.epoch())
        .filter(
            chunk ->
                chunk.end() >= end
                    || (chunk.endOfSegment() && chunk.end() > decision.getFirstSample()))
        .findFirst();
  }

  private static boolean isFilled(DecisionMark decision) {
    return decision.getFill() == BlockFill.UNDERFLOW || decision.getSampleCount() == 0;
  }

  /** The last chunk that the engine says it had applied when it released a block. */
  Optional<Chunk> lastApplied(long index) {
    DecisionMark decision = decisions.get(index);
    return decision == null
        ? Optional.empty()
        : chunks.stream().filter(c -> c.offset() == decision.getLastInputOffset()).findFirst();
  }
}
