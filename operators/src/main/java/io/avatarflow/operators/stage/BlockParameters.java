package io.avatarflow.operators.stage;

import java.util.List;

/**
 * The parameters of a session that are in force for one block; always complete, defaults of the
 * pack filled in.
 *
 * @param steps denoising steps of the picture part
 * @param sampler its sampler: ddpm, ddim, euler, dpmpp-2m or lcm
 * @param motionSteps denoising steps of the motion part
 * @param motionSampler its sampler
 * @param schedule noise schedule, as the pack declares
 * @param guidance guidance scale; 1 is none
 * @param identityStrength 0..1
 * @param temporalWeight 0..1
 * @param smoothing motion smoothing 0..1
 * @param valence expression, -1..1
 * @param arousal expression, -1..1
 * @param idlePolicy ANIMATE, HOLD or PAUSE
 * @param videoBitrate target of the video encoder, bits per second; 0 for what the session was
 *     opened with
 * @param override one entry for each frame of the block that is overridden; empty when none is
 */
public record BlockParameters(
    int steps,
    String sampler,
    int motionSteps,
    String motionSampler,
    String schedule,
    float guidance,
    float identityStrength,
    float temporalWeight,
    float smoothing,
    float valence,
    float arousal,
    String idlePolicy,
    int videoBitrate,
    List<OverrideFrame> override) {

  public BlockParameters {
    override = List.copyOf(override);
  }

  /**
   * Explicit values for motion channels of one frame.
   *
   * @param frame index of the frame in its block, 0 to N-1
   * @param channel index of the motion channel
   * @param value the channel's value in the pack's unit
   */
  public record OverrideFrame(int frame, int channel, float value) {}
}
