package io.avatarflow.operators.proof;

import io.avatarflow.operators.codec.RgbPicture;
import io.avatarflow.operators.identity.FaceAligner;
import io.avatarflow.operators.identity.ImageFraming;
import io.avatarflow.operators.pack.ModelPack;
import io.avatarflow.operators.pack.PackException;
import io.avatarflow.operators.pack.PackManifest;
import io.avatarflow.operators.program.GraphRunner;
import io.avatarflow.operators.stage.IdentityException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.imageio.ImageIO;

/**
 * Finds out whether a pack's aligner does anything: with it every bundled portrait must be framed,
 * without it none.
 */
final class AlignerAblation {
  private final ModelPack pack;

  AlignerAblation(ModelPack pack) {
    this.pack = pack;
  }

  /**
   * Frames the bundled portraits with and without the graph.
   *
   * @param without answers in place of the graph
   * @return what was found
   * @throws PackException if a portrait is refused with it or framed without it
   */
  String check(GraphRunner without) {
    PackManifest manifest = pack.manifest();
    ImageFraming aligned = FaceAligner.of(manifest, pack.runner(manifest.aligner().graph()));
    ImageFraming blind = FaceAligner.of(manifest, without);
    for (String name : manifest.identities().keySet()) {
      if (!frames(aligned, name)) {
        throw new PackException(
            "Pack \"%s\": the aligner refuses the bundled portrait %s; train it on faces framed like that."
                .formatted(manifest.name(), name));
      }
      if (frames(blind, name)) {
        throw new PackException(
            "Pack \"%s\": portrait %s is framed without graph %s too, so remove the graph or train it."
                .formatted(manifest.name(), name, manifest.aligner().graph()));
      }
    }
    return "%d portraits are framed with it, none without".formatted(manifest.identities().size());
  }

  private boolean frames(ImageFraming framing, String name) {
    PackManifest.Size crop = pack.manifest().identity();
    try {
      BufferedImage image = ImageIO.read(new ByteArrayInputStream(pack.identity(name)));
      framing.frame(RgbPicture.of(image), "Portrait " + name, crop.width(), crop.height());
      return true;
    } catch (IdentityException e) {
      return false;
    } catch (IOException e) {
      throw new PackException("Portrait %s cannot be read.".formatted(name), e);
    }
  }
}
