package io.avatarflow.operators.stage;

import io.avatarflow.operators.tensor.Tensor;
import java.util.List;
import java.util.Map;

/**
 * The audio of N video frames and what the stages have made of it so far.
 *
 * @param sessionKey {@code tenant/session}
 * @param index counts blocks over the life of the session, from 0; the first video frame has index
 *     {@code index * N}
 * @param epoch the epoch that the block belongs to
 * @param attempt how often the session was restored
 * @param audio the block's samples
 * @param parameters those in force for this block
 * @param flags what happened to the block so far
 * @param rung the rung of the pack's ladder, 0 the best
 * @param tensors what stages made, by name; shapes without the batch axis
 * @param trace where the time went so far, in the order of the stages
 * @param ingestMicros when the last record that the block needed reached the engine, microseconds
 *     since the epoch
 * @param deadlineMicros when the block's frames shall have left the engine, microseconds since the
 *     epoch; {@link #NO_DEADLINE} where nothing is late
 */
public record MediaBlock(
    String sessionKey,
    long index,
    long epoch,
    int attempt,
    BlockAudio audio,
    BlockParameters parameters,
    BlockFlags flags,
    int rung,
    Map<String, Tensor> tensors,
    List<StageTrace> trace,
    long ingestMicros,
    long deadlineMicros) {
  /** The deadline of blocks that are made as soon as possible. */
  public static final long NO_DEADLINE = Long.MAX_VALUE;

  public MediaBlock {
    tensors = Map.copyOf(tensors);
    trace = List.copyOf(trace);
  }

  /** A block without a deadline. */
  public MediaBlock(
      String sessionKey,
      long index,
      long epoch,
      int attempt,
      BlockAudio audio,
      BlockParameters parameters,
      BlockFlags flags,
      int rung,
      Map<String, Tensor> tensors,
      List<StageTrace> trace,
      long ingestMicros) {
    this(
        sessionKey,
        index,
        epoch,
        attempt,
        audio,
        parameters,
        flags,
        rung,
        tensors,
        trace,
        ingestMicros,
        NO_DEADLINE);
  }

  private MediaBlock copy(
      int newAttempt,
      BlockFlags newFlags,
      Map<String, Tensor> newTensors,
      List<StageTrace> newTrace) {
    return new MediaBlock(
        sessionKey,
        index,
        epoch,
        newAttempt,
        audio,
        parameters,
        newFlags,
        rung,
        newTensors,
        newTrace,
        ingestMicros,
        deadlineMicros);
  }

  /** The same block with another attempt. */
  public MediaBlock withAttempt(int newAttempt) {
    return copy(newAttempt, flags, tensors, trace);
  }

  /** The same block with other tensors. */
  public MediaBlock withTensors(Map<String, Tensor> newTensors) {
    return copy(attempt, flags, newTensors, trace);
  }

  /** The same block with other parameters. */
  public MediaBlock withParameters(BlockParameters newParameters) {
    return new MediaBlock(
        sessionKey,
        index,
        epoch,
        attempt,
        audio,
        newParameters,
        flags,
        rung,
        tensors,
        trace,
        ingestMicros,
        deadlineMicros);
  }

  /** The same block with other flags. */
  public MediaBlock withFlags(BlockFlags newFlags) {
    return copy(attempt, newFlags, tensors, trace);
  }

  /** The same block with another trace. */
  public MediaBlock withTrace(List<StageTrace> newTrace) {
    return copy(attempt, flags, tensors, newTrace);
  }

  /**
   * The block's samples on the media clock.
   *
   * @param firstSample first sample at the pack's rate since the session opened
   * @param sampleCount samples of the block itself at the pack's rate; the last block of a segment
   *     may hold fewer that are real, the rest is zero
   * @param features the block's samples and the look-ahead behind them at the pack's rate, float32,
   *     one channel, in [-1, 1]: {@code (N + lookAheadFrames) * samplesPerFrame} values
   * @param playback the block's samples at 48 kHz, one channel, signed 16 bit, what the listener
   *     hears
   * @param playbackCount how many of {@code playback} are to be encoded (the last block may end
   *     early)
   * @param videoFrames how many video frames of the block are to be emitted, 1 to N (the last block
   *     may end early)
   */
  public record BlockAudio(
      long firstSample,
      int sampleCount,
      float[] features,
      short[] playback,
      int playbackCount,
      int videoFrames) {}

  /**
   * What happened to a block.
   *
   * @param idle no audio was there, the idle policy filled in
   * @param concealed a gap in the audio was filled
   * @param restored first block after a restore, or the first after it that is not a repetition
   * @param degraded a lower rung or fewer steps than asked for
   * @param discontinuity the pictures do not continue those before
   * @param published its frames were all published before a restore, so that it is made again for
   *     the session's state alone; checkpoints forget it, and the frames are published again then
   */
  public record BlockFlags(
      boolean idle,
      boolean concealed,
      boolean restored,
      boolean degraded,
      boolean discontinuity,
      boolean published) {
    /** Of a block that no restore has to do with. */
    public BlockFlags(boolean idle, boolean concealed, boolean degraded) {
      this(idle, concealed, false, degraded, false, false);
    }

    /** The same, and made with less than was asked for. */
    public BlockFlags withDegraded() {
      return new BlockFlags(idle, concealed, restored, true, discontinuity, published);
    }

    /** The same, of the first block of encoders that took over. */
    public BlockFlags afterLoss() {
      return new BlockFlags(idle, concealed, true, degraded, true, published);
    }

    /** The same, of the first block beyond what was published. */
    public BlockFlags beyondPublished() {
      return new BlockFlags(idle, concealed, true, degraded, discontinuity, false);
    }

    /** The same, with frames that were all published before. */
    public BlockFlags withPublished() {
      return new BlockFlags(idle, concealed, restored, degraded, discontinuity, true);
    }

    /** Nothing happened. */
    public static final BlockFlags NONE = new BlockFlags(false, false, false);
  }

  /**
   * Time that a block spent at a stage.
   *
   * @param stage the stage's name
   * @param queueMicros waiting for the stage's steps
   * @param computeMicros inside the stage's steps
   * @param batchSize the largest batch one of its steps ran in
   * @param outputHash of the block's tensors behind the stage, pictures left out; 0 for none
   */
  public record StageTrace(
      String stage, long queueMicros, long computeMicros, int batchSize, long outputHash) {}
}
