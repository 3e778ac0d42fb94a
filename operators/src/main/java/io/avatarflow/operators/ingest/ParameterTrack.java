package io.avatarflow.operators.ingest;

import io.avatarflow.operators.stage.BlockParameters;
import io.avatarflow.schemas.IdlePolicy;
import io.avatarflow.schemas.SessionParameters;
import java.util.List;

/**
 * The parameters of an open session for the blocks to come. Immutable.
 *
 * @param base all but the override, which is empty here
 * @param override motion values set by hand
 */
record ParameterTrack(BlockParameters base, OverrideTimeline override) {
  /** Those of one block. */
  BlockParameters of(long block, int framesPerBlock) {
    List<BlockParameters.OverrideFrame> values =
        override.of(block * framesPerBlock, framesPerBlock);
    return new BlockParameters(
        base.steps(),
        base.sampler(),
        base.motionSteps(),
        base.motionSampler(),
        base.schedule(),
        base.guidance(),
        base.identityStrength(),
        base.temporalWeight(),
        base.smoothing(),
        base.valence(),
        base.arousal(),
        base.idlePolicy(),
        base.videoBitrate(),
        values);
  }

  /** Forgets what lies before a block. */
  ParameterTrack dropBefore(long block, int framesPerBlock) {
    return new ParameterTrack(base, override.dropBefore(block * framesPerBlock));
  }

  /** All of them as a record. */
  SessionParameters toRecord() {
    return new SessionParameters(
        base.steps(),
        base.sampler(),
        base.motionSteps(),
        base.motionSampler(),
        base.schedule(),
        base.guidance(),
        base.identityStrength(),
        base.temporalWeight(),
        base.smoothing(),
        base.valence(),
        base.arousal(),
        IdlePolicy.valueOf(base.idlePolicy()),
        override.toRecord().orElse(null),
        base.videoBitrate() == 0 ? null : base.videoBitrate());
  }
}
