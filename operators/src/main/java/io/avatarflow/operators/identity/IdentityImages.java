package io.avatarflow.operators.identity;

import io.avatarflow.operators.codec.RgbPicture;
import io.avatarflow.operators.stage.IdentityException;
import io.avatarflow.operators.stage.IdentitySource;
import io.avatarflow.schemas.BundledIdentity;
import io.avatarflow.schemas.Framing;
import io.avatarflow.schemas.IdentityPath;
import io.avatarflow.schemas.InlineImage;
import io.avatarflow.schemas.SessionOpen;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Identities of a pack, of a folder and of the sessions themselves, as far as the policy lets them
 * be used.
 *
 * <p>Images from outside are decoded within bounds, framed, scaled to the pack's identity size and
 * kept as PNG of at most 128 KiB. {@code GIVEN} pictures of another shape are cut to their middle,
 * with a notice in the log. {@code AUTO} pictures are framed by the rule that the maker of this
 * object gives: {@link FaceAligner}, or {@link ImageFraming#portrait} for packs without an aligner.
 */
public final class IdentityImages implements IdentitySource {
  /** Most bytes of a framed identity. */
  public static final int MAX_PNG_BYTES = 128 << 10;

  /** Most bytes of an image that a record carries. */
  public static final int MAX_INLINE_BYTES = 512 << 10;

  /** Most bytes of an image file. */
  public static final int MAX_FILE_BYTES = 20 << 20;

  private static final Logger LOG = LoggerFactory.getLogger(IdentityImages.class);
  private static final double SAME_SHAPE = 0.01;
  private static final int DETAIL = 2;

  private final int width;
  private final int height;
  private final Map<String, byte[]> bundled;
  private final IdentityPolicy policy;
  private final Optional<Path> root;
  private final ImageFraming auto;

  /**
   * @param width width of the identity crop, pixels
   * @param height its height
   * @param bundled the pack's own identities, framed, name to PNG
   * @param policy whether others may be used
   * @param root the folder that identity paths are confined to; empty for none
   * @param auto how AUTO frames
   */
  public IdentityImages(
      int width,
      int height,
      Map<String, byte[]> bundled,
      IdentityPolicy policy,
      Optional<Path> root,
      ImageFraming auto) {
    this.width = width;
    this.height = height;
    this.bundled = new TreeMap<>(bundled);
    this.policy = policy;
    this.root = root;
    this.auto = auto;
  }

  @Override
  public byte[] framedPng(SessionOpen open) throws IdentityException {
    Object identity = open.getIdentity();
    if (identity instanceof BundledIdentity pack) {
      return bundled(pack.getName());
    }
    if (policy == IdentityPolicy.BUNDLED) {
      throw new IdentityException(
          "Images from outside are not allowed here (identity.policy is bundled); choose one of %s, or set the policy to any."
              .formatted(bundled.keySet()));
    }
    if (identity instanceof InlineImage inline) {
      return framed(bytes(inline.getBytes()), "Identity image", open.getFraming());
    }
    String path = ((IdentityPath) identity).getPath();
    return framed(read(path), "Identity %s".formatted(path), open.getFraming());
  }

  private byte[] bundled(String name) throws IdentityException {
    byte[] png = bundled.get(name);
    if (png == null) {
      throw new IdentityException(
          "Identity \"%s\" is not in the pack; choose one of %s."
              .formatted(name, bundled.keySet()));
    }
    RgbPicture picture =
        ImageDecoder.decode(
            png, "Identity \"%s\" of the pack".formatted(name), Math.max(width, height));
    return picture.width() == width && picture.height() == height && png.length <= MAX_PNG_BYTES
        ? png.clone()
        : framed(png, "Identity \"%s\" of the pack".formatted(name), Framing.GIVEN);
  }

  private static byte[] bytes(ByteBuffer buffer) throws IdentityException {
    if (buffer.remaining() > MAX_INLINE_BYTES) {
      throw new IdentityException(
          "Identity image has %d bytes, the limit is %d; make it smaller."
              .formatted(buffer.remaining(), MAX_INLINE_BYTES));
    }
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  private byte[] read(String path) throws IdentityException {
    if (root.isEmpty()) {
      throw new IdentityException(
          "Identity %s cannot be read: this job has no identity root; send the image itself or set identity.root."
              .formatted(path));
    }
    try {
      Path folder = root.get().toRealPath();
      Path file = folder.resolve(path).normalize();
      // Twice: without the first look a path outside would be told apart from one that does not
      // exist.
      if (!file.startsWith(folder) || !file.toRealPath().startsWith(folder)) {
        throw new IdentityException(
            "Identity %s lies outside of the identity root; give a path below it.".formatted(path));
      }
      return IdentityFile.read(file, "Identity " + path);
    } catch (IOException | InvalidPathException e) {
      throw new IdentityException(
          "Identity %s cannot be read below the identity root; give the path of an image there."
              .formatted(path),
          e);
    }
  }

  private byte[] framed(byte[] image, String name, Framing framing) throws IdentityException {
    // A face may fill a small part of a picture; what is left of it has to be sharp enough.
    int target = Math.max(width, height) * (framing == Framing.GIVEN ? 1 : DETAIL);
    RgbPicture picture = ImageDecoder.decode(image, name, target);
    double aspect = (double) width / height;
    double shape = (double) picture.width() / picture.height();
    if (framing == Framing.GIVEN && Math.abs(shape / aspect - 1) > SAME_SHAPE) {
      LOG.info(
          "{} has {} x {} pixels and is cut to its middle.",
          name,
          picture.width(),
          picture.height());
    }
    ImageFraming rule = framing == Framing.GIVEN ? ImageFraming.centred() : auto;
    ImageFraming.Framed framed = rule.frame(picture, name, width, height);
    if (!framed.notice().isEmpty()) {
      LOG.info("{}", framed.notice());
    }
    return CompactPng.encode(framed.picture(), MAX_PNG_BYTES, name);
  }
}
