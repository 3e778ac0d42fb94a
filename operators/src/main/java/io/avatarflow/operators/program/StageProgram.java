package io.avatarflow.operators.program;

import io.avatarflow.operators.stage.SessionInfo;
import io.avatarflow.operators.tensor.Tensor;
import java.util.List;
import java.util.Set;

/**
 * The steps of one stage, resolved: every name is a slot, and nothing is looked up by its reference
 * any more.
 *
 * @param steps derived steps first, then the stage's own, in order
 * @param derivedSteps how many of {@code steps} build derived state
 * @param slots tensors that a run keeps
 * @param inputs what is loaded into slots before the first step
 * @param image slot of the identity image, -1 when no derived graph reads it
 * @param imageWidth pixels
 * @param imageHeight pixels
 * @param derived slots that are kept as derived state
 * @param states slots of the canonical states that the program replaces, by state name
 * @param outputs slots that leave with the block, by tensor name
 * @param passed names of tensors that came with the block and leave with it
 */
record StageProgram(
    List<ProgramStep> steps,
    int derivedSteps,
    int slots,
    List<BlockInput> inputs,
    int image,
    int imageWidth,
    int imageHeight,
    List<Integer> derived,
    List<NamedSlot> states,
    List<NamedSlot> outputs,
    Set<String> passed) {

  /** The identity image that a session brings, uint8 [H, W, 3]. */
  Tensor identity(SessionInfo session) {
    return IdentityImage.decode(session.identityPng(), imageWidth, imageHeight);
  }

  /** A tensor's name outside the program and its slot inside. */
  record NamedSlot(String name, int slot) {}
}
