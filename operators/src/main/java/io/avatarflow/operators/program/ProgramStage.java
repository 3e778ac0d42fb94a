package io.avatarflow.operators.program;

import io.avatarflow.operators.pack.Ladder;
import io.avatarflow.operators.pack.PackManifest;
import io.avatarflow.operators.pack.PackManifest.State;
import io.avatarflow.operators.pack.TensorScope;
import io.avatarflow.operators.program.StageProgram.NamedSlot;
import io.avatarflow.operators.stage.BlockParameters;
import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.operators.stage.Placement;
import io.avatarflow.operators.stage.SessionInfo;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.operators.stage.Stage;
import io.avatarflow.operators.stage.StateCodec;
import io.avatarflow.operators.stage.TensorState;
import io.avatarflow.operators.stage.Turn;
import io.avatarflow.operators.tensor.Tensor;
import io.avatarflow.schemas.SessionEvent;
import io.avatarflow.schemas.SessionEventType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A stage that does what a pack's manifest says: runs its graphs and samplers over batches of
 * sessions.
 *
 * <p>Each graph run and each denoising evaluation is one step, so that turns of different sessions,
 * and denoising steps of different index, share batches. Derived state is built first, by the
 * derived graphs, when a session has none here. A {@code state.X} that a step has written is read
 * as written by the steps behind it; the session keeps it only with {@link Turn#done}. A block
 * leaves with the stage's outputs and with whatever of its tensors a later stage reads.
 *
 * <p>A block's rung is obeyed as {@link Ladder} says: capped parameters, blocks that pass the stage
 * untouched, and pictures that are repeated by {@link HeldPicture} on the CPU pool, off the device.
 * Of blocks whose frames were published before a restore, pictures are not made again: only the
 * states behind them are wanted.
 *
 * <p>A session whose graphs give values that are not finite, or whose inputs are missing, fails
 * alone; when a graph run of a whole batch throws, its turns are run one by one, so that only the
 * guilty fail.
 *
 * <p>Threads: immutable after construction; any number of threads may step, each with turns of its
 * own.
 */
public final class ProgramStage implements Stage<TensorState> {
  private final String name;
  private final int maxRows;
  private final StageProgram program;
  private final List<Object> batchKeys;
  private final TensorState initial;
  private final String manifestStage;
  private final Ladder ladder;
  private final HeldPicture held;
  private final boolean onlyShows;
  private final int[] pictureShape;

  private record GraphKey(String packDigest, String graph) {}

  /**
   * Compiles the stage.
   *
   * @param name name of the stage and of its metrics
   * @param manifest the pack
   * @param packDigest the pack's digest, hexadecimal
   * @param manifestStage the stage of the manifest, one of {@link TensorScope#STAGES}
   * @param runners runs the graphs of the pack, by name
   * @throws IllegalArgumentException if a name cannot be resolved, a type does not fit or a step is
   *     not possible, with a sentence that names pack, stage and step
   */
  public ProgramStage(
      String name,
      PackManifest manifest,
      String packDigest,
      String manifestStage,
      Function<String, GraphRunner> runners) {
    this(name, manifest, packDigest, manifestStage, manifest.batch().max(), runners);
  }

  /**
   * Compiles the stage for batches of a size.
   *
   * @param maxRows most rows of a batch, 1 to what the pack allows
   */
  public ProgramStage(
      String name,
      PackManifest manifest,
      String packDigest,
      String manifestStage,
      int maxRows,
      Function<String, GraphRunner> runners) {
    this.name = name;
    this.maxRows = maxRows;
    this.manifestStage = manifestStage;
    this.ladder = new Ladder(manifest);
    this.program = new ProgramCompiler(manifest, manifestStage, runners).compile();
    this.batchKeys =
        program.steps().stream()
            .<Object>map(step -> new GraphKey(packDigest, step.runner().graph()))
            .toList();
    Map<String, Tensor> states = new HashMap<>();
    for (Map.Entry<String, State> entry : manifest.states().entrySet()) {
      if (entry.getValue().stage().equals(manifestStage)) {
        states.put(entry.getKey(), entry.getValue().initial());
      }
    }
    this.initial = new TensorState(states);
    boolean shows = program.outputs().stream().anyMatch(o -> o.name().equals(TensorScope.FRAMES));
    this.onlyShows = shows && program.states().isEmpty();
    this.held = shows && ladder.canHold() ? new HeldPicture(program, TensorScope.FRAMES) : null;
    this.pictureShape =
        new int[] {
          manifest.clock().framesPerBlock(),
          manifest.picture().height(),
          manifest.picture().width(),
          3
        };
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Placement placement() {
    return Placement.ACCELERATOR;
  }

  @Override
  public StateCodec<TensorState> stateCodec() {
    return TensorState.CODEC;
  }

  @Override
  public TensorState initialState(SessionInfo session) {
    return initial;
  }

  /** Repeating a picture must not wait behind the batches of an overloaded device. */
  @Override
  public Placement placementOf(SessionRecord record) {
    if (!(record instanceof SessionRecord.Block block)) {
      return placement();
    }
    if (isUnseen(block.block())) {
      return Placement.TASK;
    }
    return repeats(block.block()) ? Placement.CPU_POOL : placement();
  }

  private boolean isUnseen(MediaBlock block) {
    return onlyShows && block.flags().published();
  }

  private boolean repeats(MediaBlock block) {
    return held != null && ladder.mode(block) != Ladder.Mode.MAKE;
  }

  /** Blocks, unless the stage has no steps or the block's rung leaves it nothing to do. */
  @Override
  public boolean accepts(SessionRecord record) {
    return record instanceof SessionRecord.Block block
        && !program.steps().isEmpty()
        && !ladder.skips(manifestStage, block.block());
  }

  @Override
  public Object batchKey(Turn<TensorState> turn) {
    return batchKeys.get(nextStep(turn));
  }

  @Override
  public int rows(Turn<TensorState> turn) {
    BlockParameters parameters = ladder.parameters(turn.block());
    return Math.min(maxRows, program.steps().get(nextStep(turn)).rows(parameters));
  }

  @Override
  public int maxRows() {
    return maxRows;
  }

  @Override
  public void step(List<Turn<TensorState>> batch) {
    List<Evaluation> evaluations = new ArrayList<>(batch.size());
    for (Turn<TensorState> turn : batch) {
      try {
        if (isUnseen(turn.block())) {
          pass(turn);
          continue;
        }
        if (repeats(turn.block())) {
          repeat(turn);
          continue;
        }
        BlockRun run = turn.scratch() == null ? begin(turn) : (BlockRun) turn.scratch();
        ProgramStep step = program.steps().get(run.step());
        evaluations.add(new Evaluation(turn, run, step, step.inputs(run)));
      } catch (IllegalArgumentException | IllegalStateException e) {
        turn.fail(e);
      }
    }
    evaluate(evaluations);
  }

  private void repeat(Turn<TensorState> turn) {
    Map<String, Tensor> tensors = passed(turn.block());
    tensors.put(TensorScope.FRAMES, held.repeat(turn, pictureShape));
    turn.done(turn.state(), List.of(new SessionRecord.Block(turn.block().withTensors(tensors))));
  }

  /** Leaves the state as if the block's pictures had been made. */
  private void pass(Turn<TensorState> turn) {
    MediaBlock block = turn.block();
    Map<String, Tensor> states = new HashMap<>(turn.state().tensors());
    if (held != null && !repeats(block)) {
      held.remember(loaded(turn, 0), states);
      turn.derived()
          .map(derived -> ((DerivedTensors) derived).tensors())
          .ifPresent(tensors -> turn.keepDerived(new DerivedTensors(tensors, null)));
    }
    turn.done(
        new TensorState(states),
        List.of(new SessionRecord.Block(block.withTensors(passed(block)))));
  }

  /** The tensors of a block that a later stage reads. */
  private Map<String, Tensor> passed(MediaBlock block) {
    Map<String, Tensor> tensors = new HashMap<>(block.tensors());
    tensors.keySet().retainAll(program.passed());
    return tensors;
  }

  private record Evaluation(
      Turn<TensorState> turn, BlockRun run, ProgramStep step, List<Map<String, Tensor>> rows) {}

  private void evaluate(List<Evaluation> evaluations) {
    if (evaluations.isEmpty()) {
      return;
    }
    List<Map<String, Tensor>> rows = new ArrayList<>();
    evaluations.forEach(evaluation -> rows.addAll(evaluation.rows()));
    List<Map<String, Tensor>> results;
    try {
      results = run(evaluations.get(0).step().runner(), rows);
    } catch (RuntimeException e) {
      if (evaluations.size() == 1) {
        evaluations.get(0).turn().fail(e);
      } else {
        evaluations.forEach(evaluation -> evaluate(List.of(evaluation)));
      }
      return;
    }
    int at = 0;
    for (Evaluation evaluation : evaluations) {
      int count = evaluation.rows().size();
      accept(evaluation, results.subList(at, at + count));
      at += count;
    }
  }

  private List<Map<String, Tensor>> run(GraphRunner runner, List<Map<String, Tensor>> rows) {
    if (rows.size() <= maxRows) {
      return runner.run(rows);
    }
    List<Map<String, Tensor>> results = new ArrayList<>(rows.size());
    for (int from = 0; from < rows.size(); from += maxRows) {
      results.addAll(runner.run(rows.subList(from, Math.min(rows.size(), from + maxRows))));
    }
    return results;
  }

  private void accept(Evaluation evaluation, List<Map<String, Tensor>> results) {
    Turn<TensorState> turn = evaluation.turn();
    BlockRun run = evaluation.run();
    try {
      if (evaluation.step().outputs(run, results)) {
        run.nextStep();
        if (run.step() == program.derivedSteps()) {
          turn.keepDerived(
              new DerivedTensors(program.derived().stream().map(run::tensor).toList(), null));
        }
      }
    } catch (IllegalArgumentException | IllegalStateException e) {
      turn.fail(e);
      return;
    }
    if (run.step() < program.steps().size()) {
      turn.again(run);
    } else {
      finish(turn, run);
    }
  }

  private int nextStep(Turn<TensorState> turn) {
    if (turn.scratch() != null) {
      return ((BlockRun) turn.scratch()).step();
    }
    return isBuilt(turn) ? program.derivedSteps() : 0;
  }

  /** A picture that was repeated leaves derived state behind in which nothing else is built. */
  private boolean isBuilt(Turn<TensorState> turn) {
    return turn.derived().isPresent()
        && ((DerivedTensors) turn.derived().get()).tensors().size() == program.derived().size();
  }

  private BlockRun begin(Turn<TensorState> turn) {
    BlockRun run = loaded(turn, nextStep(turn));
    if (isBuilt(turn)) {
      List<Tensor> tensors = ((DerivedTensors) turn.derived().get()).tensors();
      for (int i = 0; i < tensors.size(); i++) {
        run.keep(program.derived().get(i), tensors.get(i));
      }
    } else if (program.image() >= 0) {
      run.keep(program.image(), program.identity(turn.session()));
    }
    return run;
  }

  private BlockRun loaded(Turn<TensorState> turn, int step) {
    MediaBlock block = turn.block().withParameters(ladder.parameters(turn.block()));
    BlockRun run = new BlockRun(turn.session(), block, turn.state(), program.slots(), step);
    for (BlockInput input : program.inputs()) {
      input.load(run);
    }
    return run;
  }

  private void finish(Turn<TensorState> turn, BlockRun run) {
    Map<String, Tensor> states = new HashMap<>(turn.state().tensors());
    for (NamedSlot state : program.states()) {
      states.put(state.name(), run.tensor(state.slot()));
    }
    if (held != null) {
      held.remember(run, states);
      turn.keepDerived(
          new DerivedTensors(program.derived().stream().map(run::tensor).toList(), held.made(run)));
    }
    MediaBlock block = turn.block();
    Map<String, Tensor> tensors = passed(block);
    for (NamedSlot output : program.outputs()) {
      tensors.put(output.name(), run.tensor(output.slot()));
    }
    List<SessionRecord> records = new ArrayList<>();
    if (run.complaint() != null) {
      records.add(new SessionRecord.Event(ignoredOverride(block, run.complaint())));
    }
    records.add(new SessionRecord.Block(block.withTensors(tensors)));
    turn.done(new TensorState(states), records);
  }

  private static SessionEvent ignoredOverride(MediaBlock block, String complaint) {
    return SessionEvent.newBuilder()
        .setSessionKey(block.sessionKey())
        .setAtSample(block.audio().firstSample())
        .setType(SessionEventType.REJECTED_INPUT)
        .setReason("bad-override")
        .setDetail(complaint)
        .build();
  }
}
