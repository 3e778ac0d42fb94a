package io.avatarflow.operators.host;

import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.FrameTrace;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.StageTrace;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/**
 * The time that one turn took, and its entry in the trace of what the turn made.
 *
 * @param stage the stage's name
 * @param queueMicros from the record's arrival at the stage to the commit, less the steps
 * @param computeMicros inside the steps
 * @param batchSize the largest batch that one of its steps ran in
 * @param batchFillPercent rows of that batch in percent of the most that the stage allows
 */
record TurnTrace(
    String stage, long queueMicros, long computeMicros, int batchSize, int batchFillPercent) {
  static TurnTrace of(DeviceTask task, long arrivedNanos, long nowNanos) {
    long compute = task.computeNanos();
    long queue = Math.max(0, nowNanos - arrivedNanos - compute);
    return new TurnTrace(
        task.stageName(),
        queue / 1000,
        compute / 1000,
        task.largestBatch(),
        100 * task.mostRows() / Math.max(1, task.maxRows()));
  }

  /**
   * Adds the turn to a block's trace, or to a frame's, which leaves the last stage with this call.
   * Other records carry no trace.
   */
  SessionRecord addTo(SessionRecord output, Clock clock) {
    if (output instanceof SessionRecord.Block block) {
      return new SessionRecord.Block(addTo(block.block()));
    }
    if (output instanceof SessionRecord.Emission emission
        && emission.output().getBody() instanceof EncodedFrame frame) {
      SessionOutput out = emission.output();
      return new SessionRecord.Emission(
          new SessionOutput(
              out.getSessionKey(), out.getEpoch(), out.getAttempt(), addTo(frame, clock)));
    }
    return output;
  }

  private MediaBlock addTo(MediaBlock block) {
    List<MediaBlock.StageTrace> trace = new ArrayList<>(block.trace());
    trace.add(
        new MediaBlock.StageTrace(
            stage, queueMicros, computeMicros, batchSize, TensorHash.of(block.tensors())));
    return block.withTrace(trace);
  }

  private EncodedFrame addTo(EncodedFrame frame, Clock clock) {
    FrameTrace before = frame.getTrace();
    List<StageTrace> stages = new ArrayList<>(before.getStages());
    stages.add(new StageTrace(stage, queueMicros, computeMicros, 0L));
    FrameTrace trace =
        new FrameTrace(
            before.getIngestMicros(),
            before.getReleaseMicros(),
            ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant()),
            stages);
    return new EncodedFrame(
        frame.getTrack(),
        frame.getIndex(),
        frame.getPts(),
        frame.getDuration(),
        frame.getKeyFrame(),
        frame.getDiscontinuity(),
        frame.getPayload(),
        frame.getAudioFirstSample(),
        frame.getAudioSampleCount(),
        frame.getFlags(),
        frame.getBlock(),
        frame.getRung(),
        frame.getSteps(),
        frame.getBatchSize(),
        frame.getPixelHash(),
        trace);
  }
}
