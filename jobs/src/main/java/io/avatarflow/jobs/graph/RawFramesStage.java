package io.avatarflow.jobs.graph;

import io.avatarflow.operators.codec.EncodeStage;
import io.avatarflow.operators.pack.PackManifest;
import io.avatarflow.operators.stage.BlockStage;
import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.operators.stage.Placement;
import io.avatarflow.operators.stage.TensorState;
import io.avatarflow.operators.stage.Turn;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;

/**
 * Writes every picture as PNG before it is encoded, {@code FOLDER/tenant/session/frame-000000.png},
 * and passes blocks on unchanged. Blocks whose frames were published before a restore were written
 * then, and come without pictures.
 */
final class RawFramesStage implements BlockStage {
  private final Path folder;
  private final int width;
  private final int height;
  private final int framesPerBlock;

  RawFramesStage(Path folder, PackManifest manifest) {
    this.folder = folder;
    this.width = manifest.picture().width();
    this.height = manifest.picture().height();
    this.framesPerBlock = manifest.clock().framesPerBlock();
  }

  @Override
  public String name() {
    return "raw-frames";
  }

  @Override
  public Placement placement() {
    return Placement.CPU_POOL;
  }

  /** Stages of other jobs in the process write to other folders. */
  @Override
  public Object batchKey(Turn<TensorState> turn) {
    return this;
  }

  @Override
  public void step(Turn<TensorState> turn) {
    try {
      if (!turn.block().flags().published()) {
        write(turn.block());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "A picture could not be written below %s: %s".formatted(folder, e.getMessage()), e);
    }
    turn.done(turn.state(), List.of(turn.record()));
  }

  private void write(MediaBlock block) throws IOException {
    Path target = folder.resolve(block.sessionKey()).normalize();
    if (!target.startsWith(folder.normalize())) {
      throw new IOException("session \"%s\" would leave the folder".formatted(block.sessionKey()));
    }
    Files.createDirectories(target);
    byte[] rgb = block.tensors().get(EncodeStage.FRAMES).bytes();
    int size = width * height * 3;
    for (int i = 0; i < block.audio().videoFrames(); i++) {
      long index = block.index() * framesPerBlock + i;
      BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
      image.setRGB(0, 0, width, height, pixels(rgb, i * size), 0, width);
      ImageIO.write(image, "png", target.resolve("frame-%06d.png".formatted(index)).toFile());
    }
  }

  private int[] pixels(byte[] rgb, int offset) {
    int[] pixels = new int[width * height];
    for (int p = 0, at = offset; p < pixels.length; p++, at += 3) {
      pixels[p] = (rgb[at] & 0xff) << 16 | (rgb[at + 1] & 0xff) << 8 | (rgb[at + 2] & 0xff);
    }
    return pixels;
  }
}
