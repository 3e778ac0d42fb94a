package io.avatarflow.operators.pack;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.databind.JsonNode;
import io.avatarflow.operators.tensor.ElementType;
import io.avatarflow.operators.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
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
 * @param identity size of the identity crop; absent means the picture's
 * @param batch batching limits
 * @param parameters defaults and ranges of session parameters
 * @param ladder rungs, best first; each that makes pictures has its own proof vector
 * @param graphs every ONNX graph by name
 * @param states canonical state tensors by name
 * @param derived graphs that build derived state
 * @param aligner the graph that finds the face in a portrait; null when the pack has none
 * @param noise noise inputs by name
 * @param stages steps of each stage, by stage name
 * @param outputs tensors that leave each stage, by stage name
 * @param identities bundled identities: name to file
 * @param proof proof vectors
 * @param files SHA-256 of every file but {@code pack.yaml}, hexadecimal
 */
public record PackManifest(
    @Required int contract,
    @Required String name,
    @Required String version,
    @Required String description,
    @Required String license,
    @Required Determinism determinism,
    @Required Clock clock,
    @Required Size picture,
    @Required Audio audio,
    Size identity,
    @Required Batch batch,
    Map<String, ParameterRange> parameters,
    List<Rung> ladder,
    @Required Map<String, Graph> graphs,
    Map<String, State> states,
    List<Derived> derived,
    Aligner aligner,
    Map<String, Noise> noise,
    @Required Map<String, List<PackStep>> stages,
    @Required Map<String, List<String>> outputs,
    @Required Map<String, String> identities,
    Proof proof,
    Map<String, String> files) {

  public PackManifest {
    identity = identity == null ? picture : identity;
    parameters = Entries.of(parameters);
    ladder = Entries.of(ladder);
    graphs = Entries.of(graphs);
    states = Entries.of(states);
    derived = Entries.of(derived);
    noise = Entries.of(noise);
    stages = Entries.ofLists(stages);
    outputs = Entries.ofLists(outputs);
    identities = Entries.of(identities);
    files = Entries.of(files);
  }

  /** Audio samples of one video frame at the pack's rate. */
  public int samplesPerFrame() {
    return audio.sampleRate() / clock.fps();
  }

  /**
   * Algorithmic look-ahead in milliseconds: the audio behind a block that has to be there before it
   * starts.
   */
  public int lookAheadMillis() {
    return audio.lookAheadFrames() * 1000 / clock.fps();
  }

  /** Bytes of canonical state that one session keeps. */
  public long canonicalStateBytes() {
    return states.values().stream().mapToLong(State::bytes).sum();
  }

  /**
   * Channels of the motion override, from the graph input that takes it; 0 when the pack takes
   * none.
   */
  public int motionChannels() {
    return stages.values().stream()
        .flatMap(List::stream)
        .filter(step -> step.graph() != null && graphs.containsKey(step.graph()))
        .flatMap(
            step ->
                step.in().entrySet().stream()
                    .filter(entry -> entry.getValue().equals("param.override"))
                    .map(entry -> graphs.get(step.graph()).inputs().get(entry.getKey())))
        .filter(spec -> spec != null && spec.shape().size() == 3)
        .mapToInt(spec -> spec.rowShape()[1])
        .findFirst()
        .orElse(0);
  }

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
      return ManifestWord.of(this);
    }

    @JsonCreator
    static Determinism of(String word) {
      return ManifestWord.read(Determinism.class, word);
    }
  }

  /**
   * Frame rate and length of a block.
   *
   * @param fps video frames a second
   * @param framesPerBlock video frames in a block, 1 to 64
   */
  public record Clock(@Required int fps, @Required int framesPerBlock) {}

  /** A size in pixels. */
  public record Size(@Required int width, @Required int height) {}

  /**
   * What the features stage computes, and from how much sound.
   *
   * @param sampleRate rate of the features' audio, Hz
   * @param lookAheadFrames video frames of audio behind the block that the model needs
   * @param logMel the log-mel features
   */
  public record Audio(
      @Required int sampleRate, @Required int lookAheadFrames, @Required LogMel logMel) {}

  /** Log-mel parameters: value = (ln(power + floor) + offset) * scale. */
  public record LogMel(
      @Required int windowSamples,
      @Required int hopSamples,
      @Required int fftSize,
      @Required int bands,
      @Required double lowHz,
      @Required double highHz,
      @Required double floor,
      @Required double offset,
      @Required double scale) {}

  /**
   * Batching limits.
   *
   * @param max most rows of one graph run
   * @param buckets batch sizes that graphs are run at, ascending, the last one {@code max}; batches
   *     between two are padded, so that a row's bits do not depend on its neighbours where a
   *     kernel's do; empty means every size
   */
  public record Batch(@Required int max, List<Integer> buckets) {
    public Batch {
      buckets = Entries.of(buckets);
    }

    /** The size at which a batch of {@code rows} runs. */
    public int padded(int rows) {
      return buckets.stream().filter(bucket -> bucket >= rows).findFirst().orElse(rows);
    }
  }

  /**
   * One parameter's default and what the pack supports. {@code allowed} is for words, {@code min}
   * and {@code max} for numbers; absent means the contract's own range.
   */
  public record ParameterRange(
      @JsonProperty("default") String defaultValue, Double min, Double max, List<String> allowed) {
    public ParameterRange {
      allowed = Entries.of(allowed);
    }
  }

  /**
   * One rung of the ladder of quality; the first is the best and caps nothing.
   *
   * @param name for events and reports
   * @param steps most denoising steps of the picture part; null for as many as asked for
   * @param motionSteps most denoising steps of the motion part; null for as many as asked for
   * @param guidance highest guidance scale; null for what is asked for
   * @param mode what is made of a block; absent for new pictures
   */
  public record Rung(
      @Required String name,
      Integer steps,
      Integer motionSteps,
      Double guidance,
      Ladder.Mode mode) {
    public Rung {
      mode = mode == null ? Ladder.Mode.MAKE : mode;
    }
  }

  /** An ONNX file and its tensors; the first axis of each tensor is the word {@code batch}. */
  public record Graph(
      @Required String file, Map<String, TensorSpec> inputs, Map<String, TensorSpec> outputs) {
    public Graph {
      inputs = Entries.of(inputs);
      outputs = Entries.of(outputs);
    }
  }

  /** A tensor of a graph; an axis is a number or the word {@code batch}. */
  public record TensorSpec(@Required ElementType type, @Required List<String> shape) {
    /** The word that marks the batch axis. */
    public static final String BATCH = "batch";

    public TensorSpec {
      shape = List.copyOf(shape);
    }

    /** The shape without the batch axis. */
    public int[] rowShape() {
      return shape.stream().skip(1).mapToInt(Integer::parseInt).toArray();
    }
  }

  /** A canonical state tensor: its owner, type, shape without batch axis, and first value. */
  public record State(
      @Required String stage,
      @Required ElementType type,
      @Required List<Integer> shape,
      Init init) {
    public State {
      shape = List.copyOf(shape);
      init = init == null ? new Init(0) : init;
    }

    /** The shape without the batch axis. */
    public int[] rowShape() {
      return shape.stream().mapToInt(Integer::intValue).toArray();
    }

    /** Size in bytes. */
    public long bytes() {
      return Tensor.elements(rowShape()) * type.bytes();
    }

    /** The state of a session that was just opened. */
    public Tensor initial() {
      if (init.fill() == 0) {
        return Tensor.zeros(type, rowShape());
      }
      float[] values = new float[Math.toIntExact(Tensor.elements(rowShape()))];
      Arrays.fill(values, init.fill());
      return Tensor.ofFloats(rowShape(), values);
    }
  }

  /**
   * First value of a state: {@code zeros}, or {@code {fill: 0.5}} for FLOAT32.
   *
   * @param fill the value of every element
   */
  public record Init(float fill) {
    @JsonCreator
    static Init of(JsonNode node) {
      if (node.isTextual() && node.textValue().equals("zeros")) {
        return new Init(0);
      }
      if (node.isObject() && node.size() == 1 && node.path("fill").isNumber()) {
        return new Init(node.get("fill").floatValue());
      }
      throw new IllegalArgumentException("it is %s; use zeros or {fill: NUMBER}".formatted(node));
    }
  }

  /** Derived state of a stage: a graph whose outputs become {@code derived.NAME}. */
  public record Derived(
      @Required String stage, @Required String graph, @Required Map<String, String> in) {
    public Derived {
      in = Entries.of(in);
    }
  }

  /**
   * How the pack finds a face and what its framing is.
   *
   * <p>The graph takes {@code picture} UINT8 [batch, S, S, 3] and gives, for N x N places, {@code
   * score} [batch, N, N] in 0 to 1, {@code points} [batch, N, N, 10] as x, y in pixels of its
   * input, and {@code angles} [batch, N, N, 2], pitch and yaw in radians.
   *
   * @param graph the graph
   * @param points where the face's points lie in the crop, as fractions of its width and height:
   *     the eyes, the tip of the nose, the corners of the mouth, left of the picture first
   * @param minScore a place with less shows no face
   * @param maxYawDegrees a head that is turned further is refused
   * @param minCropPixels a face whose crop would be narrower in the picture is refused
   */
  public record Aligner(
      @Required String graph,
      @Required List<List<Double>> points,
      @Required double minScore,
      @Required double maxYawDegrees,
      @Required int minCropPixels) {
    public Aligner {
      points = points.stream().map(List::copyOf).toList();
    }
  }

  /**
   * A noise input; {@code everyStep} draws anew in every denoising step instead of once a block.
   */
  public record Noise(
      @Required String distribution, @Required List<Integer> shape, boolean everyStep) {
    public Noise {
      shape = List.copyOf(shape);
    }

    /** The shape without the batch axis. */
    public int[] rowShape() {
      return shape.stream().mapToInt(Integer::intValue).toArray();
    }
  }

  /** The file with the proof vectors. */
  public record Proof(@Required String file) {}
}
