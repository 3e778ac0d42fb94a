package io.avatarflow.operators.program;

import static io.avatarflow.operators.program.Sessions.block;
import static io.avatarflow.operators.program.Sessions.parameters;
import static io.avatarflow.operators.program.Sessions.session;
import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.operators.pack.TensorScope;
import io.avatarflow.operators.stage.BlockParameters;
import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.operators.stage.MediaBlock.BlockFlags;
import io.avatarflow.operators.stage.Placement;
import io.avatarflow.operators.stage.PlainLoop;
import io.avatarflow.operators.stage.SessionInfo;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.operators.stage.TensorState;
import io.avatarflow.operators.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class LadderStageTest {
  private static final SessionInfo ANN = session("ann", 1);
  private static final int FULL = 0;
  private static final int ONE_STEP = 1;
  private static final int HOLD = 2;
  private static final int IDLE = 3;

  private final FakePack pack =
      new FakePack(
          "parameters: {}",
          """
          parameters: {}
          ladder:
            - {name: full}
            - {name: one-step, steps: 1, motionSteps: 1, guidance: 1}
            - {name: hold, motionSteps: 1, guidance: 1, mode: hold}
            - {name: idle, mode: idle}
          """);

  /** Motion, denoise and render of one session. */
  private final class Pipeline {
    private final List<PlainLoop<TensorState>> loops =
        new ArrayList<>(
            List.of(
                new PlainLoop<>(pack.stage("motion")),
                new PlainLoop<>(pack.stage("denoise")),
                new PlainLoop<>(pack.stage("render"))));

    MediaBlock make(long index, int rung) {
      return make(index, rung, BlockFlags.NONE, guided());
    }

    MediaBlock make(long index, int rung, BlockFlags flags, BlockParameters parameters) {
      MediaBlock b = block(ANN, index, parameters).block();
      SessionRecord record =
          new SessionRecord.Block(
              new MediaBlock(
                  b.sessionKey(),
                  index,
                  0,
                  0,
                  b.audio(),
                  parameters,
                  flags,
                  rung,
                  b.tensors(),
                  List.of(),
                  0,
                  MediaBlock.NO_DEADLINE));
      for (PlainLoop<TensorState> loop : loops) {
        record = loop.accept(ANN, record).get(0);
      }
      return ((SessionRecord.Block) record).block();
    }

    /** Goes on with what a checkpoint holds. */
    void restore() {
      loops.replaceAll(
          loop -> {
            PlainLoop<TensorState> after = new PlainLoop<>(loop.stage());
            after.resume(ANN.sessionKey(), loop.state(ANN.sessionKey()));
            return after;
          });
    }

    List<TensorState> states() {
      return loops.stream().map(loop -> loop.state(ANN.sessionKey())).toList();
    }
  }

  private static BlockParameters guided() {
    return parameters(2, "ddim", 2, "ddpm", 1.5f, List.of());
  }

  private static List<String> pictures(MediaBlock block) {
    byte[] all = block.tensors().get(TensorScope.FRAMES).bytes();
    int size = all.length / 2;
    return List.of(
        HexFormat.of().formatHex(Arrays.copyOf(all, size)),
        HexFormat.of().formatHex(Arrays.copyOfRange(all, size, all.length)));
  }

  @Test
  void aLowerRungRunsFewerStepsOnFewerRows() {
    Pipeline session = new Pipeline();
    session.make(0, FULL);
    pack.runs.clear();
    session.make(1, ONE_STEP);

    assertThat(pack.graphsRun())
        .containsExactly(
            "audio_motion",
            "motion_context",
            "motion_denoiser",
            "motion_assemble",
            "flow_init",
            "denoiser",
            "context",
            "decoder");
    assertThat(pack.runs).allSatisfy(run -> assertThat(run.rows()).hasSize(1));
  }

  @Test
  void aRungNeverRaisesWhatASessionAsksFor() {
    Pipeline session = new Pipeline();
    MediaBlock frugal =
        session.make(0, ONE_STEP, BlockFlags.NONE, parameters(1, "ddim", 1, "ddpm", 1, List.of()));
    Pipeline other = new Pipeline();
    MediaBlock full =
        other.make(0, FULL, BlockFlags.NONE, parameters(1, "ddim", 1, "ddpm", 1, List.of()));
    assertThat(pictures(frugal)).isEqualTo(pictures(full));
  }

  @Test
  void aHeldBlockRepeatsTheLastPictureAndRunsTheMotionAlone() {
    Pipeline session = new Pipeline();
    List<String> made = pictures(session.make(0, FULL));
    List<TensorState> before = session.states();
    pack.runs.clear();

    List<String> held = pictures(session.make(1, HOLD));

    assertThat(held).containsExactly(made.get(1), made.get(1));
    assertThat(pack.graphsRun())
        .containsExactly("audio_motion", "motion_context", "motion_denoiser", "motion_assemble");
    assertThat(session.states().get(0)).isNotEqualTo(before.get(0));
    assertThat(session.states().subList(1, 3)).isEqualTo(before.subList(1, 3));
  }

  @Test
  void anIdleBlockRunsNoGraphAndChangesNoState() {
    Pipeline session = new Pipeline();
    List<String> made = pictures(session.make(0, FULL));
    List<TensorState> before = session.states();
    pack.runs.clear();

    assertThat(pictures(session.make(1, IDLE))).containsExactly(made.get(1), made.get(1));
    assertThat(pack.runs).isEmpty();
    assertThat(session.states()).isEqualTo(before);
  }

  @Test
  void theIdlePolicyHoldsThePictureOnlyWhileNothingIsHeard() {
    BlockParameters g = guided();
    BlockParameters hold =
        new BlockParameters(
            g.steps(),
            g.sampler(),
            g.motionSteps(),
            g.motionSampler(),
            g.schedule(),
            g.guidance(),
            g.identityStrength(),
            g.temporalWeight(),
            g.smoothing(),
            g.valence(),
            g.arousal(),
            "HOLD",
            0,
            List.of());
    Pipeline session = new Pipeline();
    List<String> made = pictures(session.make(0, FULL, BlockFlags.NONE, hold));
    BlockFlags idle = new BlockFlags(true, false, false);
    assertThat(pictures(session.make(1, FULL, idle, hold)))
        .containsExactly(made.get(1), made.get(1));
    pack.runs.clear();
    session.make(2, FULL, BlockFlags.NONE, hold);
    assertThat(pack.graphsRun()).contains("denoiser", "decoder");
  }

  @Test
  void afterARestoreTheSamePictureIsHeld() {
    Pipeline lived = new Pipeline();
    Pipeline restored = new Pipeline();
    for (Pipeline session : List.of(lived, restored)) {
      session.make(0, FULL);
      session.make(1, ONE_STEP);
    }
    restored.restore();
    for (long block = 2; block < 4; block++) {
      assertThat(pictures(restored.make(block, HOLD))).isEqualTo(pictures(lived.make(block, HOLD)));
    }
    assertThat(pictures(restored.make(4, FULL))).isEqualTo(pictures(lived.make(4, FULL)));
    assertThat(restored.states()).isEqualTo(lived.states());
  }

  @Test
  void whatWasPublishedBeforeARestoreIsMadeAgainWithoutItsPictures() {
    BlockFlags published = BlockFlags.NONE.withPublished();
    for (int next : new int[] {FULL, HOLD, IDLE}) {
      Pipeline lived = new Pipeline();
      Pipeline restored = new Pipeline();
      lived.make(0, FULL);
      restored.make(0, FULL);
      restored.restore();
      int[] rungs = {HOLD, FULL, ONE_STEP, IDLE, FULL, IDLE};
      for (int i = 0; i < rungs.length; i++) {
        lived.make(1 + i, rungs[i]);
        pack.runs.clear();
        MediaBlock block = restored.make(1 + i, rungs[i], published, guided());
        assertThat(block.tensors()).doesNotContainKey(TensorScope.FRAMES);
        assertThat(pack.graphsRun()).doesNotContain("decoder");
        assertThat(restored.states()).isEqualTo(lived.states());
      }
      assertThat(pictures(restored.make(7, next))).isEqualTo(pictures(lived.make(7, next)));
      assertThat(restored.states()).isEqualTo(lived.states());
    }
  }

  @Test
  void picturesMadeBeforePublishedBlocksAreNotShownBehindThem() {
    Pipeline lived = new Pipeline();
    Pipeline again = new Pipeline();
    for (long block = 0; block < 3; block++) {
      lived.make(block, FULL);
      BlockFlags flags = block == 2 ? BlockFlags.NONE.withPublished() : BlockFlags.NONE;
      again.make(block, FULL, flags, guided());
    }
    assertThat(pictures(again.make(3, HOLD))).isEqualTo(pictures(lived.make(3, HOLD)));
  }

  @Test
  void aSessionIsTheSameWhenItsDecisionsAreFollowedAgain() {
    int[] rungs = {FULL, ONE_STEP, HOLD, HOLD, IDLE, FULL, ONE_STEP, IDLE, FULL};
    List<List<String>> first = play(rungs);
    assertThat(play(rungs)).isEqualTo(first);
    rungs[3] = ONE_STEP;
    assertThat(play(rungs)).isNotEqualTo(first);
  }

  private List<List<String>> play(int[] rungs) {
    Pipeline session = new Pipeline();
    List<List<String>> pictures = new ArrayList<>();
    for (int i = 0; i < rungs.length; i++) {
      pictures.add(pictures(session.make(i, rungs[i])));
    }
    return pictures;
  }

  @Test
  void theFirstBlockIsAlwaysMadeAndABlockBeforeAnyPictureShowsTheIdentity() {
    pack.runs.clear();
    new Pipeline().make(0, IDLE);
    assertThat(pack.graphsRun()).contains("denoiser", "decoder");

    Pipeline skipped = new Pipeline();
    byte[] identity = IdentityImage.decode(ANN.identityPng(), 4, 4).bytes();
    String shown = HexFormat.of().formatHex(identity);
    assertThat(pictures(skipped.make(7, IDLE))).containsExactly(shown, shown);
    assertThat(pictures(skipped.make(8, FULL))).doesNotContain(shown);
  }

  @Test
  void heldPicturesAreRepeatedOffTheDevice() {
    ProgramStage render = pack.stage("render");
    MediaBlock b = block(ANN, 1, parameters()).block();
    assertThat(render.placementOf(new SessionRecord.Block(b))).isEqualTo(Placement.ACCELERATOR);
    MediaBlock held =
        new MediaBlock(
            b.sessionKey(),
            1,
            0,
            0,
            b.audio(),
            b.parameters(),
            b.flags(),
            HOLD,
            b.tensors(),
            List.of(),
            0,
            MediaBlock.NO_DEADLINE);
    assertThat(render.placementOf(new SessionRecord.Block(held))).isEqualTo(Placement.CPU_POOL);
    assertThat(pack.stage("denoise").accepts(new SessionRecord.Block(held))).isFalse();
    assertThat(pack.stage("motion").accepts(new SessionRecord.Block(held))).isTrue();
  }

  @Test
  void whatIsHeldIsPartOfTheState() {
    Pipeline session = new Pipeline();
    session.make(0, FULL);
    assertThat(session.states().get(2).tensors())
        .containsOnlyKeys("held.latent", "held.motion", "held.param.identityStrength");
    assertThat(session.states().get(2).tensors().get("held.latent")).isInstanceOf(Tensor.class);
  }
}
