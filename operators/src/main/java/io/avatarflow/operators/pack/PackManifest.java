package io.avatarflow.operators.pack;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonValue;
import io.avatarflow.operators.tensor.ElementType;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What {@code pack.yaml} says: everything about a model that the engine has to know, as data.
 *
 * <p>A plain mirror of the file; {@code PackValidator} checks that it makes sense and {@link
 * ModelPack} that the graphs agree with it.
 *
 * @param contract version of the contract between pack and engine; this engine reads 1
 * @param name the pack's name, as sessions ask for it
 * @param version the pack's own version
 * @param description one line for people
 * @param license SPDX identifier
 * @param determinism what the pack promises about repeated runs
 * @param clock frame rate and block length
 * @param picture size of the decoded picture
 * @param audio what the features stage computes
 * @param identity size of the identity crop
 * @param batch batching limits
 * @param parameters defaults and ranges of session parameters
 * @param graphs every ONNX graph by name
 * @param states canonical state tensors by name
 * @param derived graphs that build derived state
 * @param noise noise inputs by name
 * @param stages steps of each stage, by stage name
 * @param outputs tensors that leave each stage, by stage name
 * @param identities bundled identities: name to file
 * @param proof proof vectors
 * @param files SHA-256 of every file but {@code pack.yaml}, hexadecimal
 */
public record PackManifest(
    int contract,
    String name,
    String version,
    String description,
    String license,
    Determinism determinism,
    Clock clock,
    Size picture,
    Audio audio,
    Size identity,
    Batch batch,
    Map<String, ParameterRange> parameters,
    Map<String, Graph> graphs,
    Map<String, State> states,
    List<Derived> derived,
    Map<String, Noise> noise,
    Map<String, List<Step>> stages,
    Map<String, List<String>> outputs,
    Map<String, String> identities,
    Proof proof,
    Map<String, String> files) {

  /** What a pack promises about repeated runs on one kind of machine. */
  public enum Determinism {
    /** The same bits. */
    BIT,
    /** The same within the tolerances of its proof vectors. */
    TOLERANCE,
    /** The same to the eye. */
    VISUAL;

    @JsonValue
    String manifestName() {
      return name().toLowerCase(Locale.ROOT);
    }

    @JsonCreator
    static Determinism of(String manifestName) {
      return valueOf(manifestName.toUpperCase(Locale.ROOT));
    }
  }

  /**
   * @param fps video frames a second
   * @param framesPerBlock video frames in a block, 1 to 64
   */
  public record Clock(int fps, int framesPerBlock) {}

  /** A size in pixels. */
  public record Size(int width, int height) {}

  /**
   * @param sampleRate rate of the features' audio, Hz
   * @param lookAheadFrames video frames of audio behind the block that the model needs
   * @param logMel the log-mel features
   */
  public record Audio(int sampleRate, int lookAheadFrames, LogMel logMel) {}

  /** Log-mel parameters: value = (ln(power + floor) + offset) * scale. */
  public record LogMel(
      int windowSamples,
      int hopSamples,
      int fftSize,
      int bands,
      double lowHz,
      double highHz,
      double floor,
      double offset,
      double scale) {}

  /** Batching limits. */
  public record Batch(int max) {}

  /**
   * One parameter's default and what the pack supports. {@code allowed} is for words, {@code min}
   * and {@code max} for numbers; absent means the contract's own range.
   */
  public record ParameterRange(
      @JsonProperty("default") String defaultValue, Double min, Double max, List<String> allowed) {}

  /** An ONNX file and its tensors; the first axis of each tensor is the word {@code batch}. */
  public record Graph(
      String file, Map<String, TensorSpec> inputs, Map<String, TensorSpec> outputs) {}

  /** A tensor of a graph; an axis is a number or the word {@code batch}. */
  public record TensorSpec(ElementType type, List<String> shape) {
    /** The shape without the batch axis. */
    public int[] rowShape() {
      return shape.stream().skip(1).mapToInt(Integer::parseInt).toArray();
    }
  }

  /** A canonical state tensor: its owner, type, shape without batch axis, and first value. */
  public record State(String stage, ElementType type, List<Integer> shape, String init) {
    /** The shape without the batch axis. */
    public int[] rowShape() {
      return shape.stream().mapToInt(Integer::intValue).toArray();
    }
  }

  /** Derived state of a stage: a graph whose outputs become {@code derived.NAME}. */
  public record Derived(String stage, String graph, Map<String, String> in) {}

  /**
   * A noise input; {@code everyStep} draws anew in every denoising step instead of once a block.
   */
  public record Noise(String distribution, List<Integer> shape, boolean everyStep) {
    /** The shape without the batch axis. */
    public int[] rowShape() {
      return shape.stream().mapToInt(Integer::intValue).toArray();
    }
  }

  /**
   * One step of a stage; exactly one of {@code graph}, {@code sample} and {@code blend} is given.
   */
  public record Step(
      String graph, Map<String, String> in, Map<String, String> out, Sample sample, Blend blend) {}

  /**
   * A denoising loop over a graph.
   *
   * @param graph the denoiser
   * @param role which parameters steer it: {@code motion} or {@code denoise}
   * @param noisy the graph's input that takes the noisy sample
   * @param time the graph's input that takes the diffusion time
   * @param prediction the graph's output
   * @param predicts what it means: x0, eps or v
   * @param startTime diffusion time of the first step, in (0, 1]
   * @param in all other inputs
   * @param guidance inputs that differ in the unconditional row; null when the pack has none
   * @param warpInit where the first sample comes from besides noise; null for pure noise
   * @param out name of the clean sample
   */
  public record Sample(
      String graph,
      String role,
      String noisy,
      String time,
      String prediction,
      String predicts,
      double startTime,
      Map<String, String> in,
      Guidance guidance,
      WarpInit warpInit,
      String out) {}

  /** Inputs of the unconditional row. */
  public record Guidance(Map<String, String> in) {}

  /**
   * Warp initialisation: the previous clean latent [C, h, w] moved by flow [T, 2, h, w], in latent
   * pixels.
   */
  public record WarpInit(String previous, String flow) {}

  /**
   * Temporal blending of a latent.
   *
   * @param tensor the latent, [T, ...]
   * @param state the canonical state that holds the last blended frame
   * @param maxHistory weight of the past at temporal weight 1 in silence
   * @param audioSensitivity how much speech lowers it, 0..1
   */
  public record Blend(String tensor, String state, double maxHistory, double audioSensitivity) {}

  /** The file with the proof vectors. */
  public record Proof(String file) {}
}
