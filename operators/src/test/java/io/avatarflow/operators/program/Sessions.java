package io.avatarflow.operators.program;

import io.avatarflow.operators.stage.BlockParameters;
import io.avatarflow.operators.stage.BlockParameters.OverrideFrame;
import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.operators.stage.SessionInfo;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.operators.tensor.Tensor;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;

/** Sessions and blocks for tests of programs. */
final class Sessions {
  private Sessions() {}

  static SessionInfo session(String name, long seed) {
    return new SessionInfo(
        "test/" + name,
        "fake",
        FakePack.DIGEST,
        seed,
        new SessionInfo.VideoSettings(4, 4, "H264", 1000),
        true,
        png(4, 4, (int) seed));
  }

  static byte[] png(int width, int height, int shade) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.setRGB(x, y, 0x102030 + shade + x + 16 * y);
      }
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      ImageIO.write(image, "png", out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /** Two steps everywhere, no guidance. */
  static BlockParameters parameters() {
    return parameters(2, "ddim", 2, "ddpm", 1, List.of());
  }

  static BlockParameters parameters(
      int steps,
      String sampler,
      int motionSteps,
      String motionSampler,
      float guidance,
      List<OverrideFrame> override) {
    return new BlockParameters(
        steps,
        sampler,
        motionSteps,
        motionSampler,
        "cosine",
        guidance,
        0.75f,
        0.7f,
        0.25f,
        -0.5f,
        0.5f,
        "ANIMATE",
        0,
        override);
  }

  /** A block as the features stage leaves it. */
  static SessionRecord.Block block(SessionInfo session, long index, BlockParameters parameters) {
    float[] mel = new float[32];
    for (int i = 0; i < mel.length; i++) {
      mel[i] = (float) Math.sin(index * 31.0 + i + session.seed());
    }
    return block(
        session,
        index,
        parameters,
        Map.of(
            "features.mel",
            Tensor.ofFloats(new int[] {4, 8}, mel),
            "features.energy",
            Tensor.ofFloats(new int[] {4}, 0.1f, 0.2f, 0.1f, 0)));
  }

  static SessionRecord.Block block(
      SessionInfo session, long index, BlockParameters parameters, Map<String, Tensor> tensors) {
    return new SessionRecord.Block(
        new MediaBlock(
            session.sessionKey(),
            index,
            0,
            0,
            new MediaBlock.BlockAudio(index * 1280, 1280, new float[0], new short[0], 0, 2),
            parameters,
            MediaBlock.BlockFlags.NONE,
            0,
            tensors,
            List.of(),
            0));
  }

  /** A block as the motion stage leaves it. */
  static SessionRecord.Block moved(SessionInfo session, long index, BlockParameters parameters) {
    float x = (float) Math.cos(index + 0.1 * session.seed());
    return block(
        session,
        index,
        parameters,
        Map.of(
            "features.energy",
            Tensor.ofFloats(new int[] {4}, 0, 0, 0, 0),
            "motion",
            Tensor.ofFloats(new int[] {2, 3}, x, 2 * x, 3 * x, -x, 0, 1)));
  }
}
