package io.avatarflow.operators.audio;

import io.avatarflow.operators.stage.BlockParameters;
import io.avatarflow.operators.stage.MediaBlock;
import java.util.List;
import java.util.Map;

/** Blocks for tests of stages that look at the samples alone. */
final class Blocks {
  private static final BlockParameters PARAMETERS =
      new BlockParameters(
          2, "ddim", 2, "ddpm", "cosine", 1.5f, 1f, 0.7f, 0f, 0f, 0f, "ANIMATE", 0, List.of());

  private Blocks() {}

  static MediaBlock withSamples(float[] features) {
    return new MediaBlock(
        "t/s",
        0,
        0,
        0,
        new MediaBlock.BlockAudio(0, 1280, features, new short[3840], 3840, 2),
        PARAMETERS,
        MediaBlock.BlockFlags.NONE,
        0,
        Map.of(),
        List.of(),
        0);
  }
}
