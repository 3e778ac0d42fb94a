package io.avatarflow.operators.program;

import static io.avatarflow.operators.program.Sessions.block;
import static io.avatarflow.operators.program.Sessions.moved;
import static io.avatarflow.operators.program.Sessions.parameters;
import static io.avatarflow.operators.program.Sessions.session;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.avatarflow.operators.stage.BlockParameters.OverrideFrame;
import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.operators.stage.PlainLoop;
import io.avatarflow.operators.stage.SessionInfo;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.operators.stage.TensorState;
import io.avatarflow.operators.stage.Turn;
import io.avatarflow.operators.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProgramStageTest {
  private static final SessionInfo ANN = session("ann", 1);

  private final FakePack pack = new FakePack();

  @Test
  void stepsRunInTheOrderOfTheManifest() {
    ProgramStage motion = pack.stage("motion");

    run(motion, block(ANN, 0, parameters(1, "ddim", 3, "ddpm", 1, List.of())));

    assertThat(pack.graphsRun())
        .containsExactly(
            "audio_motion",
            "motion_context",
            "motion_denoiser",
            "motion_denoiser",
            "motion_denoiser",
            "motion_assemble");
  }

  @Test
  void everyGraphRunAndEvaluationIsAStepAndStateChangesOnlyWithTheLast() {
    ProgramStage motion = pack.stage("motion");
    TensorState before = motion.initialState(ANN);
    Turn<TensorState> turn = new Turn<>(ANN, block(ANN, 0, parameters()), before, null);

    for (int step = 1; step <= 4; step++) {
      motion.step(List.of(turn));
      assertThat(turn.answer()).isEqualTo(Turn.Answer.AGAIN);
      assertThat(turn.newState()).isNull();
      assertThat(pack.runs).hasSize(step);
    }
    motion.step(List.of(turn));

    assertThat(turn.answer()).isEqualTo(Turn.Answer.DONE);
    assertThat(turn.state()).isEqualTo(before);
    assertThat(turn.newState().tensors()).containsOnlyKeys("mouth_h", "past");
    assertThat(turn.newState()).isNotEqualTo(before);
  }

  @Test
  void statesBeginAsDeclared() {
    assertThat(pack.stage("motion").initialState(ANN).tensors().get("past").toFloats())
        .containsExactly(0.5f, 0.5f, 0.5f);
    assertThat(pack.stage("render").initialState(ANN).tensors()).isEmpty();
  }

  @Test
  void theNextBlockReadsTheStateThatTheOneBeforeWrote() {
    PlainLoop<TensorState> loop = new PlainLoop<>(pack.stage("motion"));

    loop.accept(ANN, block(ANN, 0, parameters()));
    Tensor written = loop.state(ANN.sessionKey()).tensors().get("past");
    loop.accept(ANN, block(ANN, 1, parameters()));

    assertThat(pack.runs.get(pack.runs.size() - 1).rows().get(0)).containsEntry("past", written);
  }

  @Test
  void aBlockLeavesWithOutputsAndWhatLaterStagesRead() {
    MediaBlock moved = run(pack.stage("motion"), block(ANN, 0, parameters()));
    MediaBlock denoised = run(pack.stage("denoise"), new SessionRecord.Block(moved));
    MediaBlock rendered = run(pack.stage("render"), new SessionRecord.Block(denoised));

    assertThat(moved.tensors()).containsOnlyKeys("features.energy", "mouth", "motion");
    assertThat(denoised.tensors()).containsOnlyKeys("features.energy", "motion", "latent");
    assertThat(rendered.tensors()).containsOnlyKeys("features.energy", "frames");
    assertThat(moved.index()).isZero();
  }

  @Test
  void aStageThatTheManifestDoesNotHaveLetsBlocksPass() {
    ProgramStage none = new FakePack("  blend:\n", "  other:\n").stage("blend");

    assertThat(none.accepts(block(ANN, 0, parameters()))).isFalse();
    assertThat(pack.stage("render").accepts(block(ANN, 0, parameters()))).isTrue();
    assertThat(pack.stage("render").accepts(new SessionRecord.End("test/ann", "DRAIN"))).isFalse();
  }

  @Test
  void parametersArriveAsTensors() {
    run(
        pack.stage("motion"),
        block(
            ANN,
            0,
            parameters(
                1,
                "ddim",
                1,
                "ddim",
                1,
                List.of(new OverrideFrame(0, 2, 0.5f), new OverrideFrame(1, 0, -1)))));

    Map<String, Tensor> row = pack.runs.get(pack.runs.size() - 1).rows().get(0);
    assertThat(row.get("expression").toFloats()).containsExactly(-0.5f, 0.5f);
    assertThat(row.get("smoothing").toFloats()).containsExactly(0.25f);
    assertThat(row.get("override").toFloats()).containsExactly(0, 0, 0.5f, -1, 0, 0);
    assertThat(row.get("override_mask").toFloats()).containsExactly(0, 0, 1, 1, 0, 0);
    for (float u : row.get("event_uniform").toFloats()) {
      assertThat(u).isStrictlyBetween(0f, 1f);
    }
  }

  @Test
  void anOverrideOutsideTheBlockIsIgnoredWithAnEvent() {
    PlainLoop<TensorState> loop = new PlainLoop<>(pack.stage("motion"));

    List<SessionRecord> records =
        loop.accept(
            ANN,
            block(
                ANN, 0, parameters(1, "ddim", 1, "ddim", 1, List.of(new OverrideFrame(0, 3, 1)))));

    assertThat(records).hasSize(2);
    assertThat(((SessionRecord.Event) records.get(0)).event().getDetail())
        .isEqualTo(
            "Override of frame 0, channel 3 with 1.0 is ignored; a block has frames 0 to 1, the pack channels 0 to 2.");
  }

  @Test
  void derivedStateIsBuiltOnceASessionAndAgainAfterARestore() {
    ProgramStage denoise = pack.stage("denoise");
    PlainLoop<TensorState> loop = new PlainLoop<>(denoise);
    loop.accept(ANN, moved(ANN, 0, parameters()));
    loop.accept(ANN, moved(ANN, 1, parameters()));
    assertThat(pack.graphsRun()).containsOnlyOnce("reference_denoise");
    Map<String, Tensor> row = pack.runs.get(0).rows().get(0);
    assertThat(row.get("image").bytes()).startsWith(0x10, 0x20, 0x31, 0x10, 0x20, 0x32);

    TensorState canonical = loop.state(ANN.sessionKey());
    SessionRecord.Block third = moved(ANN, 2, parameters());
    List<SessionRecord> lived = loop.accept(ANN, third);
    Turn<TensorState> restored = new Turn<>(ANN, third, canonical, null);
    PlainLoop.drive(denoise, List.of(restored));

    assertThat(pack.graphsRun()).filteredOn("reference_denoise"::equals).hasSize(2);
    assertThat(restored.outputs()).isEqualTo(lived);
    assertThat(restored.derived()).isPresent();
  }

  @Test
  void anotherSeedIsAnotherPerformanceAndTheSameSeedTheSame() {
    SessionRecord.Block record = block(ANN, 0, parameters());
    SessionInfo other =
        new SessionInfo(
            ANN.sessionKey(), "fake", FakePack.DIGEST, 99, ANN.video(), true, ANN.identityPng());

    List<SessionRecord> first = new PlainLoop<>(pack.stage("motion")).accept(ANN, record);
    List<SessionRecord> again = new PlainLoop<>(pack.stage("motion")).accept(ANN, record);
    List<SessionRecord> second = new PlainLoop<>(pack.stage("motion")).accept(other, record);

    assertThat(again).isEqualTo(first);
    assertThat(second).isNotEqualTo(first);
  }

  @Test
  void aSessionWithoutFiniteValuesFailsAlone() {
    SessionInfo bob = session("bob", 2);
    for (String graph : List.of("audio_motion", "motion_denoiser", "motion_assemble")) {
      FakePack poisoned = new FakePack();
      poisoned.with(
          graph,
          row -> {
            Map<String, Tensor> outputs =
                FakePack.mix(poisoned.manifest().graphs().get(graph), row);
            if (row.containsKey("mel")
                ? row.get("mel").toFloats()[0] == (float) Math.sin(2)
                : poisoned.runs.get(poisoned.runs.size() - 1).rows().indexOf(row) == 1) {
              outputs.replaceAll((name, t) -> Tensor.ofFloats(t.shape(), bad(t.size())));
            }
            return outputs;
          });
      List<Turn<TensorState>> turns = turns(poisoned.stage("motion"), ANN, bob);

      PlainLoop.drive(poisoned.stage("motion"), turns);

      assertThat(turns.get(0).answer()).isEqualTo(Turn.Answer.DONE);
      assertThat(turns.get(1).answer()).isEqualTo(Turn.Answer.FAILED);
      assertThat(turns.get(1).failure())
          .hasMessageContaining("Graph " + graph)
          .hasMessageContaining("not finite");
    }
  }

  @Test
  void whenABatchThrowsOnlyTheGuiltyFail() {
    SessionInfo bob = session("bob", 2);
    FakePack brittle = new FakePack();
    brittle.with(
        "audio_motion",
        row -> {
          if (row.get("mel").toFloats()[0] == (float) Math.sin(2)) {
            throw new IllegalStateException("index out of range");
          }
          return FakePack.mix(brittle.manifest().graphs().get("audio_motion"), row);
        });
    ProgramStage motion = brittle.stage("motion");
    List<Turn<TensorState>> turns = turns(motion, ANN, bob);

    PlainLoop.drive(motion, turns);

    assertThat(turns.get(0).answer()).isEqualTo(Turn.Answer.DONE);
    assertThat(turns.get(1).failure()).hasMessage("index out of range");
  }

  @Test
  void aMissingTensorOrAnUnknownSamplerFailsTheSession() {
    PlainLoop<TensorState> loop = new PlainLoop<>(pack.stage("denoise"));

    assertThatThrownBy(() -> loop.accept(ANN, block(ANN, 3, parameters(), Map.of())))
        .hasMessage(
            "Session test/ann cannot go on: Block 3 came without tensor \"motion\"; the stage that makes it has to run before.");
    assertThatThrownBy(
            () -> loop.accept(ANN, moved(ANN, 0, parameters(2, "heun", 2, "ddim", 1, List.of()))))
        .hasMessageContaining("Sampler \"heun\" is not known");
  }

  private static List<Turn<TensorState>> turns(ProgramStage stage, SessionInfo... sessions) {
    List<Turn<TensorState>> turns = new ArrayList<>();
    for (SessionInfo session : sessions) {
      turns.add(
          new Turn<>(session, block(session, 0, parameters()), stage.initialState(session), null));
    }
    return turns;
  }

  private static float[] bad(int size) {
    float[] values = new float[size];
    values[size - 1] = Float.NaN;
    return values;
  }

  private static MediaBlock run(ProgramStage stage, SessionRecord.Block record) {
    List<SessionRecord> records = new PlainLoop<>(stage).accept(ANN, record);
    return ((SessionRecord.Block) records.get(records.size() - 1)).block();
  }
}
