package io.avatarflow.operators.program;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProgramCompilerTest {

  /** Stage, a piece of the good manifest, what stands in its place, the sentence. */
  @ParameterizedTest(name = "{3}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "motion | mel: features.mel | mel: features.mfcc |"
            + " Pack \"fake\": stage \"motion\", step 1 (graph audio_motion): \"features.mfcc\" cannot be resolved: the features are mel and energy.",
        "motion | [batch, 4, 8] | [batch, 4, 9] |"
            + " Pack \"fake\": stage \"motion\", step 1 (graph audio_motion): input \"mel\" is float32 [4, 9], but features.mel is float32 [4, 8].",
        "motion | mouth_h: state.mouth_h} | mouth_h: state.nothing} |"
            + " Pack \"fake\": stage \"motion\", step 1 (graph audio_motion): \"state.nothing\" cannot be resolved: no such state is declared.",
        "motion | mouth_h: state.mouth_h} | mouth_h: state.prev} |"
            + " Pack \"fake\": stage \"motion\", step 1 (graph audio_motion): \"state.prev\" cannot be resolved: it belongs to stage \"denoise\".",
        "motion | mouth: mouth}, out | mouth: motion}, out |"
            + " Pack \"fake\": stage \"motion\", step 2 (graph motion_context): \"motion\" cannot be resolved: only a later step makes it, and steps run in order.",
        "motion | mouth: mouth}, out | mouth: latent}, out |"
            + " Pack \"fake\": stage \"motion\", step 2 (graph motion_context): \"latent\" cannot be resolved: only the later stage \"denoise\" makes it.",
        "motion | mouth: mouth}, out | mouth: lips}, out |"
            + " Pack \"fake\": stage \"motion\", step 2 (graph motion_context): \"lips\" cannot be resolved: nothing makes it.",
        "denoise | motion: [mouth, motion] | motion: [mouth] |"
            + " Pack \"fake\": stage \"denoise\", step 1 (graph flow_init): \"motion\" cannot be resolved: stage \"motion\" makes it but does not list it in outputs.",
        "motion | cond: cond, z: noise.z} | cond: cond} |"
            + " Pack \"fake\": stage \"motion\", step 3 (graph motion_denoiser): input \"z\" of the graph is not fed; add it to in.",
        "motion | noisy: x_t | noisy: xt |"
            + " Pack \"fake\": stage \"motion\", step 3 (graph motion_denoiser): the graph has no input \"xt\"; it has [x_t, t, cond, z].",
        "motion | role: motion | role: dance |"
            + " Pack \"fake\": stage \"motion\", step 3 (graph motion_denoiser): role \"dance\" is not known; use motion or denoise.",
        "motion | predicts: x0 | predicts: eps |"
            + " Pack \"fake\": stage \"motion\", step 3 (graph motion_denoiser): it predicts eps from startTime 1.0, where the cosine schedule holds no signal; start at 0.98 or predict v or x0.",
        "motion | motion: motion, past_out | motion: mouth, past_out |"
            + " Pack \"fake\": stage \"motion\", step 4 (graph motion_assemble): \"mouth\" is made twice; give it a name of its own.",
        "motion | past_out: state.past | past_out: param.past |"
            + " Pack \"fake\": stage \"motion\", step 4 (graph motion_assemble): \"param.past\" cannot be written; write a bare name or state.NAME.",
        "motion | smoothing: param.smoothing | smoothing: param.expression |"
            + " Pack \"fake\": stage \"motion\", step 4 (graph motion_assemble): input \"smoothing\" is float32 [], but param.expression is float32 [2].",
        "motion | event_uniform: noise.event_uniform | event_uniform: noise.dice |"
            + " Pack \"fake\": stage \"motion\", step 4 (graph motion_assemble): \"noise.dice\" cannot be resolved: no such noise is declared.",
        "motion | event_uniform: noise.event_uniform | event_uniform: noise.z |"
            + " Pack \"fake\": stage \"motion\", step 4 (graph motion_assemble): noise.z is drawn anew in every denoising step, so only the in of a sample reads it.",
        "motion | distribution: uniform | distribution: cauchy |"
            + " Pack \"fake\": stage \"motion\", step 4 (graph motion_assemble): noise \"event_uniform\" has distribution \"cauchy\"; use normal or uniform.",
        "motion | motion: [mouth, motion] | motion: [mouth, motion, wink] |"
            + " Pack \"fake\": stage \"motion\": outputs lists \"wink\", which no step of the stage makes.",
        "denoise | previous: state.prev | previous: state.cache |"
            + " Pack \"fake\": stage \"denoise\", step 2 (graph denoiser): warpInit previous is float32 [1, 4, 4], but state.cache is float16 [5].",
        "denoise | id_den: derived.id_den | id_den: derived.ref |"
            + " Pack \"fake\": stage \"denoise\", step 2 (graph denoiser): \"derived.ref\" cannot be resolved: it belongs to stage \"render\".",
        "denoise | prev_out: state.prev | prev_out: state.cache |"
            + " Pack \"fake\": stage \"denoise\", step 3 (graph context): state.cache is declared as float16 [5], but the graph gives float32 [1, 4, 4].",
        "denoise | graph: context, in | graph: contexts, in |"
            + " Pack \"fake\": stage \"denoise\", step 3 (graph contexts): graph \"contexts\" is not declared; graphs are [audio_motion, motion_context, motion_denoiser, motion_assemble, flow_init, denoiser, context, decoder, reference_denoise, reference_render].",
        "denoise | reference_denoise, in: {image: identity.image} | reference_denoise, in: {image: identity.png} |"
            + " Pack \"fake\": derived state of stage \"denoise\" (graph reference_denoise): \"identity.png\" cannot be resolved: of the identity there is only identity.image.",
        "render | ref: derived.ref, | ref: identity.image, |"
            + " Pack \"fake\": stage \"render\", step 1 (graph decoder): input \"ref\" is float32 [2], but identity.image is uint8 [4, 4, 3].",
        "blend | contract: 1 | contract: 1 |"
            + " Pack \"fake\": stage \"blend\", step 1: it is a blend step; blend steps belong to stage \"blend\" alone.",
        "warmup | contract: 1 | contract: 1 |"
            + " Pack \"fake\": stage \"warmup\": the engine has no such stage; its stages are [motion, denoise, blend, render].",
      })
  void aManifestThatCannotRunIsRefusedWithASentence(
      String stage, String piece, String replacement, String sentence) {
    assertThatThrownBy(() -> new FakePack(piece, replacement).stage(stage))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(sentence);
  }

  @Test
  void aGraphThatNothingRunsIsRefused() {
    FakePack pack = new FakePack();

    assertThatThrownBy(
            () -> new ProgramStage("motion", pack.manifest(), "00", "motion", graph -> null))
        .hasMessageContaining("graph \"audio_motion\" has nothing that runs it");
  }
}
