package io.avatarflow.operators.program;

import io.avatarflow.operators.diffusion.Guidance;
import io.avatarflow.operators.diffusion.NoiseSchedule;
import io.avatarflow.operators.diffusion.NoiseStream;
import io.avatarflow.operators.diffusion.Prediction;
import io.avatarflow.operators.diffusion.SamplerUpdate;
import io.avatarflow.operators.diffusion.Samplers;
import io.avatarflow.operators.diffusion.TimeGrid;
import io.avatarflow.operators.diffusion.WarpInitialiser;
import io.avatarflow.operators.pack.TensorType;
import io.avatarflow.operators.program.StageProgram.NamedSlot;
import io.avatarflow.operators.stage.BlockParameters;
import io.avatarflow.operators.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Draws a sample by running a denoiser once a step: the loop of diffusion, one evaluation at a
 * time.
 *
 * <p>The first sample is unit noise, or the warped previous latent noised to the start time. With a
 * guidance scale other than 1 an evaluation takes two rows, conditional then unconditional.
 *
 * @param runner the denoiser
 * @param motionRole true when the motion parameters steer it, false for those of the picture part
 * @param noisy name of the input that takes x_t
 * @param time name of the input that takes t
 * @param prediction name of the output
 * @param predicts what it means
 * @param startTime t of the first evaluation
 * @param type of the sample
 * @param in the other inputs of the conditional row
 * @param nullIn the other inputs of the unconditional row, empty without guidance
 * @param everyStep inputs that are noise drawn anew for each evaluation, equal in both rows
 * @param warp warp initialisation, null for pure noise
 * @param start noise of the first sample
 * @param bridge noise of the sampler's steps
 * @param out slot of the clean sample
 */
record SampleStep(
    GraphRunner runner,
    boolean motionRole,
    String noisy,
    String time,
    String prediction,
    Prediction predicts,
    double startTime,
    TensorType type,
    List<NamedSlot> in,
    List<NamedSlot> nullIn,
    List<StepNoise> everyStep,
    Warp warp,
    NoiseStream start,
    NoiseStream bridge,
    int out)
    implements ProgramStep {

  /** An input that is noise, drawn anew for each evaluation. */
  record StepNoise(String input, NoiseInput noise) {}

  /** Where warp initialisation finds the previous latent and the flow. */
  record Warp(WarpInitialiser initialiser, int previous, int flow) {}

  @Override
  public int rows(BlockParameters parameters) {
    return nullIn.isEmpty() || parameters.guidance() == Guidance.NONE ? 1 : 2;
  }

  @Override
  public List<Map<String, Tensor>> inputs(BlockRun run) {
    if (run.sample() == null) {
      run.sample(begin(run));
    }
    SampleProgress progress = run.sample();
    Map<String, Tensor> loop = new HashMap<>();
    loop.put(noisy, Tensor.ofFloats(type.dimensions(), progress.sample));
    loop.put(time, Tensor.scalar((float) progress.grid.time(progress.index)));
    for (StepNoise drawn : everyStep) {
      loop.put(drawn.input(), drawn.noise().draw(run, progress.index));
    }
    return rows(run.block().parameters()) == 1
        ? List.of(row(run, in, loop))
        : List.of(row(run, in, loop), row(run, nullIn, loop));
  }

  @Override
  public boolean outputs(BlockRun run, List<Map<String, Tensor>> rows) {
    SampleProgress progress = run.sample();
    TimeGrid grid = progress.grid;
    int i = progress.index;
    copyPrediction(rows.get(0), progress.x0);
    if (rows.size() == 2) {
      copyPrediction(rows.get(1), progress.scratch);
      Guidance.apply(progress.x0, progress.scratch, run.block().parameters().guidance());
    }
    predicts.toX0(progress.sample, progress.x0, grid.alpha(i), grid.sigma(i));
    GraphOutputs.requireFinite(runner, prediction, progress.x0);
    SamplerUpdate update = progress.sampler.update(grid, i);
    if (update.takesNoise()) {
      run.noise().normal(bridge, run.block().index(), i, 0, progress.scratch);
    }
    update.apply(progress.sample, progress.x0, progress.previousX0, progress.scratch);
    progress.swap();
    progress.index++;
    if (progress.index < grid.steps()) {
      return false;
    }
    run.keep(out, Tensor.ofFloats(type.dimensions(), progress.sample));
    run.sample(null);
    return true;
  }

  private SampleProgress begin(BlockRun run) {
    BlockParameters parameters = run.block().parameters();
    TimeGrid grid =
        new TimeGrid(
            NoiseSchedule.of(parameters.schedule()),
            startTime,
            motionRole ? parameters.motionSteps() : parameters.steps());
    SampleProgress progress =
        new SampleProgress(
            grid,
            Samplers.of(motionRole ? parameters.motionSampler() : parameters.sampler()),
            type.size());
    run.noise().normal(start, run.block().index(), 0, 0, progress.sample);
    if (warp != null) {
      warp.initialiser()
          .apply(
              run.tensor(warp.previous()).toFloats(),
              run.tensor(warp.flow()).toFloats(),
              grid.alpha(0),
              grid.sigma(0),
              progress.sample,
              progress.scratch);
    }
    return progress;
  }

  private static Map<String, Tensor> row(
      BlockRun run, List<NamedSlot> inputs, Map<String, Tensor> loop) {
    Map<String, Tensor> row = new HashMap<>(loop);
    for (NamedSlot input : inputs) {
      row.put(input.name(), run.tensor(input.slot()));
    }
    return row;
  }

  private void copyPrediction(Map<String, Tensor> row, float[] into) {
    GraphOutputs.copy(runner, prediction, GraphOutputs.require(runner, row, prediction), into);
  }
}
