package io.avatarflow.operators.proof;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.avatarflow.operators.pack.PackException;
import io.avatarflow.operators.pack.Required;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * What a pack's stages gave on the machine where it was sealed; the content of its proof file.
 *
 * <p>The audio lies beside the proof file as {@code speech.pcm}: signed 16 bit, little-endian, one
 * channel, at the pack's rate. The noise of a proof does not depend on the pack's digest, which
 * pins this very file.
 *
 * @param machine kind of machine whose bits the digests are
 * @param tolerance what is allowed where bits may differ
 * @param vectors one for each rung of the pack's ladder that makes pictures
 */
public record ProofVectors(
    @Required String machine, @Required Tolerance tolerance, @Required List<Vector> vectors) {

  /** Name of the audio beside the proof file. */
  static final String AUDIO = "speech.pcm";

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  public ProofVectors {
    vectors = List.copyOf(vectors);
  }

  /**
   * How far the last block may be from the expected one.
   *
   * @param maxAbs largest difference of an element of a float tensor
   * @param psnr least peak signal-to-noise ratio of the pictures, dB
   */
  public record Tolerance(@Required double maxAbs, @Required double psnr) {
    /** What a pack gets when it was never sealed before. */
    static final Tolerance DEFAULT = new Tolerance(0.05, 40);
  }

  /**
   * One session.
   *
   * @param name name of the ladder's rung
   * @param identity bundled identity
   * @param seed the session's seed
   * @param steps denoising steps
   * @param motionSteps denoising steps of the motion
   * @param stages SHA-256 of what left each stage, over all blocks
   * @param expected file with the tensors of the last block
   */
  public record Vector(
      @Required String name,
      @Required String identity,
      @Required long seed,
      @Required int steps,
      @Required int motionSteps,
      @Required Map<String, String> stages,
      @Required String expected) {}

  /**
   * Reads a proof file.
   *
   * @throws PackException if it is not one
   */
  static ProofVectors read(String file, byte[] json) {
    try {
      return JSON.readValue(json, ProofVectors.class);
    } catch (IOException e) {
      String reason = e.getMessage().lines().findFirst().orElse("no JSON");
      throw new PackException(
          "Proof file %s cannot be read (%s); write it anew by `avatarflow pack seal`."
              .formatted(file, reason),
          e);
    }
  }

  byte[] toJson() throws IOException {
    return JSON.writeValueAsBytes(this);
  }
}
