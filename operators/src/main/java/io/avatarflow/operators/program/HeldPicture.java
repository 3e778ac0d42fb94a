package io.avatarflow.operators.program;

import io.avatarflow.operators.stage.TensorState;
import io.avatarflow.operators.stage.Turn;
import io.avatarflow.operators.tensor.ElementType;
import io.avatarflow.operators.tensor.Tensor;
import java.util.Arrays;
import java.util.Map;

/**
 * Repeats the last picture of a session for blocks that make none.
 *
 * <p>The pictures themselves are derived state. What the render program was given for the last
 * block that it made is canonical ({@code held.<reference>}), so that after a restore the same
 * picture is rendered once more. A session that has shown nothing yet shows its identity, or grey
 * where the identity has another size.
 *
 * <p>Threads: as {@link ProgramStage}.
 */
final class HeldPicture {
  private static final String PREFIX = "held.";
  private static final byte GREY = (byte) 128;

  private final StageProgram program;
  private final String tensorName;

  /**
   * @param program the stage's program
   * @param tensorName the output that holds the pictures, uint8 [N, H, W, 3]
   */
  HeldPicture(StageProgram program, String tensorName) {
    this.program = program;
    this.tensorName = tensorName;
  }

  /** Adds what a run was given to the states that it leaves. */
  void remember(BlockRun run, Map<String, Tensor> states) {
    for (BlockInput input : program.inputs()) {
      states.put(PREFIX + input.reference(), run.tensor(input.slot()));
    }
  }

  /** The pictures that a run made. */
  Tensor made(BlockRun run) {
    return program.outputs().stream()
        .filter(output -> output.name().equals(tensorName))
        .map(output -> run.tensor(output.slot()))
        .findFirst()
        .orElseThrow();
  }

  /**
   * Answers a turn with the last picture in place of each of the block's.
   *
   * @param shape of the pictures, [N, H, W, 3]
   */
  Tensor repeat(Turn<TensorState> turn, int[] shape) {
    DerivedTensors derived = (DerivedTensors) turn.derived().orElse(DerivedTensors.NONE);
    Tensor pictures = derived.pictures();
    if (pictures == null) {
      pictures = canRender(turn.state()) ? render(turn, derived) : identity(turn, shape);
      turn.keepDerived(new DerivedTensors(derived.tensors(), pictures));
    }
    byte[] all = pictures.bytes();
    int size = all.length / shape[0];
    byte[] repeated = new byte[all.length];
    for (int i = 0; i < shape[0]; i++) {
      System.arraycopy(all, all.length - size, repeated, i * size, size);
    }
    return Tensor.of(ElementType.UINT8, shape, repeated);
  }

  private boolean canRender(TensorState state) {
    return program.inputs().stream()
        .allMatch(input -> state.tensors().containsKey(PREFIX + input.reference()));
  }

  /** Runs the program once more on what it was given last. */
  private Tensor render(Turn<TensorState> turn, DerivedTensors derived) {
    boolean built = !derived.tensors().isEmpty();
    BlockRun run =
        new BlockRun(
            turn.session(),
            turn.block(),
            turn.state(),
            program.slots(),
            built ? program.derivedSteps() : 0);
    for (BlockInput input : program.inputs()) {
      run.keep(input.slot(), turn.state().tensors().get(PREFIX + input.reference()));
    }
    if (built) {
      for (int i = 0; i < derived.tensors().size(); i++) {
        run.keep(program.derived().get(i), derived.tensors().get(i));
      }
    } else if (program.image() >= 0) {
      run.keep(program.image(), program.identity(turn.session()));
    }
    while (run.step() < program.steps().size()) {
      ProgramStep step = program.steps().get(run.step());
      if (step.outputs(run, step.runner().run(step.inputs(run)))) {
        run.nextStep();
      }
    }
    return made(run);
  }

  private Tensor identity(Turn<TensorState> turn, int[] shape) {
    byte[] pictures = new byte[(int) Tensor.elements(shape)];
    Arrays.fill(pictures, GREY);
    if (program.imageWidth() == shape[2] && program.imageHeight() == shape[1]) {
      byte[] picture = program.identity(turn.session()).bytes();
      for (int i = 0; i < shape[0]; i++) {
        System.arraycopy(picture, 0, pictures, i * picture.length, picture.length);
      }
    }
    return Tensor.of(ElementType.UINT8, shape, pictures);
  }
}
