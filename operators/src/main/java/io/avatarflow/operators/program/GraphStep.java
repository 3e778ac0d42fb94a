package io.avatarflow.operators.program;

import io.avatarflow.operators.program.StageProgram.NamedSlot;
import io.avatarflow.operators.stage.BlockParameters;
import io.avatarflow.operators.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs a graph once and keeps its outputs.
 *
 * @param runner the graph
 * @param in inputs by the graph's names
 * @param out outputs by the graph's names
 * @param checked of {@code out}, those that must be finite: they outlive the block or leave the
 *     stage
 */
record GraphStep(
    GraphRunner runner, List<NamedSlot> in, List<NamedSlot> out, List<NamedSlot> checked)
    implements ProgramStep {

  @Override
  public int rows(BlockParameters parameters) {
    return 1;
  }

  @Override
  public List<Map<String, Tensor>> inputs(BlockRun run) {
    Map<String, Tensor> row = new HashMap<>(2 * in.size());
    for (NamedSlot input : in) {
      row.put(input.name(), run.tensor(input.slot()));
    }
    return List.of(row);
  }

  @Override
  public boolean outputs(BlockRun run, List<Map<String, Tensor>> rows) {
    Map<String, Tensor> row = rows.get(0);
    for (NamedSlot output : out) {
      run.keep(output.slot(), GraphOutputs.require(runner, row, output.name()));
    }
    for (NamedSlot output : checked) {
      GraphOutputs.requireFinite(runner, output.name(), row.get(output.name()));
    }
    return true;
  }
}
