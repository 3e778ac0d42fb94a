package io.avatarflow.operators.identity;

import io.avatarflow.operators.codec.RgbPicture;
import io.avatarflow.operators.identity.FaceFinder.Face;
import io.avatarflow.operators.pack.ModelPack;
import io.avatarflow.operators.pack.PackManifest;
import io.avatarflow.operators.pack.PackManifest.Aligner;
import io.avatarflow.operators.program.GraphRunner;
import io.avatarflow.operators.stage.IdentityException;
import java.util.List;
import java.util.Locale;

/**
 * Frames any picture with a face as a pack wants it: finds the face, turns it upright, and crops it
 * so that eyes, nose and mouth lie where the pack's own portraits have them.
 *
 * <p>Refuses a picture without a face, with one that is too small, and with one that is turned
 * away. Of several faces it takes the largest, with a notice. Immutable; safe for use by several
 * threads.
 */
public final class FaceAligner implements ImageFraming {
  private final FaceFinder finder;
  private final Aligner framing;

  private FaceAligner(FaceFinder finder, Aligner framing) {
    this.finder = finder;
    this.framing = framing;
  }

  /** The framing of a pack: by its aligner, or {@link ImageFraming#portrait} when it has none. */
  public static ImageFraming of(ModelPack pack) {
    Aligner aligner = pack.manifest().aligner();
    return aligner == null
        ? ImageFraming.portrait()
        : of(pack.manifest(), pack.runner(aligner.graph()));
  }

  /** The framing by the aligner that a manifest has, with a runner in place of its graph's. */
  public static ImageFraming of(PackManifest manifest, GraphRunner runner) {
    Aligner aligner = manifest.aligner();
    int side = manifest.graphs().get(aligner.graph()).inputs().get("picture").rowShape()[0];
    return new FaceAligner(new FaceFinder(runner, side, aligner.minScore()), aligner);
  }

  @Override
  public Framed frame(RgbPicture picture, String name, int width, int height)
      throws IdentityException {
    List<Face> faces = finder.find(picture);
    if (faces.isEmpty()) {
      throw new IdentityException(
          "%s shows no face; give a portrait that looks at the camera, or say that it is framed already."
              .formatted(name));
    }
    Face face = faces.get(0);
    double turned = Math.toDegrees(Math.abs(face.yaw()));
    if (turned > framing.maxYawDegrees()) {
      throw new IdentityException(
          "The face of %s is turned away by about %.0f degrees, the limit is %.0f; give a picture that looks at the camera."
              .formatted(lowerCase(name), turned, framing.maxYawDegrees()));
    }
    Similarity toPicture = Similarity.fit(target(width, height), face.points());
    double cropPixels = toPicture.scale() * width;
    if (cropPixels < framing.minCropPixels()) {
      throw new IdentityException(
          "The face of %s is too small: its crop has %.0f pixels, the limit is %d; give a larger picture or a nearer one."
              .formatted(lowerCase(name), cropPixels, framing.minCropPixels()));
    }
    String notice =
        faces.size() == 1
            ? ""
            : "%s shows %d faces; the largest one was taken.".formatted(name, faces.size());
    return new Framed(toPicture.crop(picture, width, height), notice);
  }

  private double[] target(int width, int height) {
    double[] target = new double[2 * framing.points().size()];
    for (int i = 0; i < framing.points().size(); i++) {
      target[2 * i] = framing.points().get(i).get(0) * width;
      target[2 * i + 1] = framing.points().get(i).get(1) * height;
    }
    return target;
  }

  private static String lowerCase(String name) {
    return name.substring(0, 1).toLowerCase(Locale.ROOT) + name.substring(1);
  }
}
