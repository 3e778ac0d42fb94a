package io.avatarflow.operators.program;

import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.operators.stage.BlockParameters;
import io.avatarflow.operators.stage.PlainLoop;
import io.avatarflow.operators.stage.SessionInfo;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.operators.stage.TensorState;
import io.avatarflow.operators.stage.Turn;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class NeighbourIndependenceTest {
  private static final List<String> SAMPLERS = List.of("ddpm", "ddim", "euler", "dpmpp-2m", "lcm");

  @Property(tries = 60)
  void aSessionGetsTheSameBytesWhoeverItsNeighboursAre(
      @ForAll @IntRange(min = 2, max = 9) int sessions, @ForAll long choices) {
    for (String name : List.of("motion", "denoise")) {
      ProgramStage stage = new FakePack().stage(name);
      Random random = new Random(choices);
      List<Turn<TensorState>> together = new ArrayList<>();
      List<Turn<TensorState>> alone = new ArrayList<>();
      for (int i = 0; i < sessions; i++) {
        SessionInfo session = Sessions.session("s" + i, random.nextInt(1000));
        long index = random.nextLong(1L << 41);
        BlockParameters parameters =
            Sessions.parameters(
                1 + random.nextInt(5),
                SAMPLERS.get(random.nextInt(5)),
                1 + random.nextInt(5),
                SAMPLERS.get(random.nextInt(5)),
                random.nextBoolean() ? 1 : 1.5f,
                List.of());
        SessionRecord.Block record =
            name.equals("motion")
                ? Sessions.block(session, index, parameters)
                : Sessions.moved(session, index, parameters);
        together.add(new Turn<>(session, record, stage.initialState(session), null));
        alone.add(new Turn<>(session, record, stage.initialState(session), null));
      }

      stepInRandomBatches(stage, together, random);
      alone.forEach(turn -> PlainLoop.drive(stage, List.of(turn)));

      for (int i = 0; i < sessions; i++) {
        assertThat(together.get(i).answer()).isEqualTo(Turn.Answer.DONE);
        assertThat(together.get(i).outputs()).isEqualTo(alone.get(i).outputs());
        assertThat(together.get(i).newState()).isEqualTo(alone.get(i).newState());
      }
    }
  }

  private static void stepInRandomBatches(
      ProgramStage stage, List<Turn<TensorState>> turns, Random random) {
    List<Turn<TensorState>> open = new ArrayList<>(turns);
    while (!open.isEmpty()) {
      Turn<TensorState> first = open.get(random.nextInt(open.size()));
      List<Turn<TensorState>> batch = new ArrayList<>(List.of(first));
      int rows = stage.rows(first);
      for (Turn<TensorState> turn : open) {
        if (turn != first
            && random.nextBoolean()
            && stage.batchKey(turn).equals(stage.batchKey(first))
            && rows + stage.rows(turn) <= stage.maxRows()) {
          batch.add(turn);
          rows += stage.rows(turn);
        }
      }
      stage.step(batch);
      open.removeIf(
          turn -> turn.answer() != Turn.Answer.AGAIN && turn.answer() != Turn.Answer.NONE);
    }
  }
}
