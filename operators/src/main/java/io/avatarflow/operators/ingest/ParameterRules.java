package io.avatarflow.operators.ingest;

import io.avatarflow.operators.pack.PackManifest;
import io.avatarflow.operators.pack.PackParameters;
import io.avatarflow.operators.stage.BlockParameters;
import io.avatarflow.schemas.IdlePolicy;
import io.avatarflow.schemas.SessionParameters;
import java.util.List;

/**
 * Turns what a session asks for into parameters that its pack takes.
 *
 * <p>Immutable and safe for use by any thread.
 */
final class ParameterRules {
  private final PackParameters pack;
  private final BlockParameters defaults;
  private final int motionChannels;

  ParameterRules(PackManifest manifest) {
    this.pack = new PackParameters(manifest);
    this.defaults = pack.defaults();
    this.motionChannels = manifest.motionChannels();
  }

  /** The parameters of a new session. */
  ParameterTrack open(SessionParameters asked) throws RejectedInputException {
    return change(new ParameterTrack(defaults, OverrideTimeline.NONE), asked);
  }

  /**
   * The parameters after a change; what the change leaves out stays.
   *
   * @throws RejectedInputException if one is out of the pack's range; none is changed then
   */
  ParameterTrack change(ParameterTrack now, SessionParameters change)
      throws RejectedInputException {
    BlockParameters changed = merged(now.base(), change);
    List<String> problems = pack.problems(changed);
    if (change.getVideoBitrate() != null) {
      VideoBitrate.check(change.getVideoBitrate());
    }
    if (!problems.isEmpty()) {
      throw new RejectedInputException("bad-parameters", String.join(" ", problems));
    }
    OverrideTimeline override =
        change.getOverride() == null
            ? now.override()
            : OverrideTimeline.read(change.getOverride(), motionChannels);
    return new ParameterTrack(changed, override);
  }

  private static BlockParameters merged(BlockParameters base, SessionParameters change) {
    return new BlockParameters(
        or(change.getSteps(), base.steps()),
        or(change.getSampler(), base.sampler()),
        or(change.getMotionSteps(), base.motionSteps()),
        or(change.getMotionSampler(), base.motionSampler()),
        or(change.getSchedule(), base.schedule()),
        or(change.getGuidance(), base.guidance()),
        or(change.getIdentityStrength(), base.identityStrength()),
        or(change.getTemporalWeight(), base.temporalWeight()),
        or(change.getSmoothing(), base.smoothing()),
        or(change.getValence(), base.valence()),
        or(change.getArousal(), base.arousal()),
        or(change.getIdlePolicy(), IdlePolicy.valueOf(base.idlePolicy())).name(),
        or(change.getVideoBitrate(), base.videoBitrate()),
        List.of());
  }

  private static <T> T or(T asked, T otherwise) {
    return asked == null ? otherwise : asked;
  }
}
