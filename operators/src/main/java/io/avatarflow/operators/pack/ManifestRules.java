package io.avatarflow.operators.pack;

import io.avatarflow.operators.pack.PackManifest.LogMel;
import io.avatarflow.operators.pack.PackManifest.Size;
import io.avatarflow.operators.pack.PackManifest.State;
import io.avatarflow.operators.pack.PackManifest.TensorSpec;
import io.avatarflow.operators.tensor.ElementType;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

/**
 * What a manifest must say apart from its program: clock, audio, pictures, batches, parameters,
 * states, identities.
 */
final class ManifestRules {
  private static final int MAX_IDENTITY_BYTES = 128 * 1024;
  private static final int VIDEO_CLOCK = 90_000;
  private static final int PLAYBACK_RATE = 48_000;
  private static final double MAX_ELEMENTS = 4e6;
  private static final double MAX_SINGLE_STATE = 1L << 30;
  private static final long PNG_SIGNATURE = 0x89504E470D0A1A0AL;

  private final PackContents contents;
  private final PackManifest manifest;
  private final Problems problems;

  private ManifestRules(PackContents contents, Problems problems) {
    this.contents = contents;
    this.manifest = contents.manifest();
    this.problems = problems;
  }

  static void check(PackContents contents, Problems problems) {
    ManifestRules rules = new ManifestRules(contents, problems);
    rules.names();
    rules.clock();
    rules.audio();
    rules.sizes();
    rules.batch();
    rules.tensors();
    rules.states();
    LadderRules.check(rules.manifest, problems);
    problems.addAll(new PackParameters(rules.manifest).manifestProblems());
    rules.identities();
  }

  private void names() {
    problems.require(
        manifest.name().matches("[a-z0-9][a-z0-9-]{0,63}"),
        "its name may hold a to z, 0 to 9 and \"-\" only, at most 64 of them; rename it.");
    for (String file : List.of("LICENSE", "CARD.md")) {
      problems.require(
          manifest.files().containsKey(file),
          "file %s is not listed under files; every pack carries one.",
          file);
    }
  }

  private void clock() {
    int fps = manifest.clock().fps();
    boolean divides =
        fps >= 1
            && fps <= 120
            && VIDEO_CLOCK % fps == 0
            && PLAYBACK_RATE % fps == 0
            && manifest.audio().sampleRate() % fps == 0;
    problems.require(
        divides,
        "clock.fps is %d; use a rate from 1 to 120 that divides 90000, 48000 and the audio rate %d, for example 25.",
        fps,
        manifest.audio().sampleRate());
    int frames = manifest.clock().framesPerBlock();
    problems.require(
        frames >= 1 && frames <= 64, "clock.framesPerBlock is %d; use 1 to 64.", frames);
  }

  private void audio() {
    int rate = manifest.audio().sampleRate();
    int ahead = manifest.audio().lookAheadFrames();
    LogMel mel = manifest.audio().logMel();
    problems.require(
        rate >= 8000 && rate <= 48000, "audio.sampleRate is %d Hz; use 8000 to 48000.", rate);
    problems.require(ahead >= 0 && ahead <= 64, "audio.lookAheadFrames is %d; use 0 to 64.", ahead);
    problems.require(
        mel.hopSamples() >= 1
            && manifest.clock().fps() > 0
            && manifest.samplesPerFrame() % mel.hopSamples() == 0,
        "audio.logMel.hopSamples is %d; it has to divide the %d samples of a video frame.",
        mel.hopSamples(),
        manifest.clock().fps() > 0 ? manifest.samplesPerFrame() : 0);
    problems.require(
        mel.windowSamples() >= mel.hopSamples() && mel.windowSamples() <= mel.fftSize(),
        "audio.logMel.windowSamples is %d; use %d (the hop) to %d (the FFT).",
        mel.windowSamples(),
        mel.hopSamples(),
        mel.fftSize());
    problems.require(
        mel.fftSize() >= 16 && mel.fftSize() <= 8192 && Integer.bitCount(mel.fftSize()) == 1,
        "audio.logMel.fftSize is %d; use a power of two from 16 to 8192.",
        mel.fftSize());
    problems.require(
        mel.bands() >= 1 && mel.bands() <= 256,
        "audio.logMel.bands is %d; use 1 to 256.",
        mel.bands());
    problems.require(
        mel.lowHz() >= 0 && mel.lowHz() < mel.highHz() && mel.highHz() <= rate / 2.0,
        "audio.logMel covers %s to %s Hz; use an ascending range within 0 to %s.",
        mel.lowHz(),
        mel.highHz(),
        rate / 2.0);
    problems.require(
        mel.floor() > 0,
        "audio.logMel.floor is %s; it has to be above 0, or digital silence would be minus infinity.",
        mel.floor());
  }

  private void sizes() {
    for (Map.Entry<String, Size> size :
        Map.of("picture", manifest.picture(), "identity", manifest.identity()).entrySet()) {
      int width = size.getValue().width();
      int height = size.getValue().height();
      problems.require(
          width >= 16
              && height >= 16
              && width <= 2048
              && height <= 2048
              && width % 2 == 0
              && height % 2 == 0,
          "%s is %d x %d; use even sizes from 16 to 2048.",
          size.getKey(),
          width,
          height);
    }
  }

  private void batch() {
    int max = manifest.batch().max();
    problems.require(max >= 1 && max <= 256, "batch.max is %d; use 1 to 256.", max);
    List<Integer> buckets = manifest.batch().buckets();
    boolean ascending =
        buckets.isEmpty() || (buckets.get(0) >= 1 && buckets.get(buckets.size() - 1) == max);
    for (int i = 1; i < buckets.size(); i++) {
      ascending &= buckets.get(i) > buckets.get(i - 1);
    }
    problems.require(
        ascending,
        "batch.buckets is %s; use ascending sizes that end at batch.max %d.",
        buckets,
        max);
  }

  private void tensors() {
    manifest
        .graphs()
        .forEach(
            (name, graph) -> {
              graph.inputs().forEach((tensor, spec) -> tensor(name, "input", tensor, spec));
              graph.outputs().forEach((tensor, spec) -> tensor(name, "output", tensor, spec));
            });
  }

  private void tensor(String graph, String kind, String name, TensorSpec spec) {
    if (spec.shape().isEmpty() || !spec.shape().get(0).equals(TensorSpec.BATCH)) {
      problems.add(
          "graphs.%s: %s \"%s\" has shape %s without a batch axis; begin it with the word \"%s\".",
          graph, kind, name, spec.shape(), TensorSpec.BATCH);
      return;
    }
    boolean numbers =
        spec.shape().size() <= 8
            && spec.shape().stream().skip(1).allMatch(axis -> axis.matches("[1-9][0-9]{0,7}"));
    problems.require(
        numbers && elements(spec) <= MAX_ELEMENTS,
        "graphs.%s: %s \"%s\" has shape %s; use at most 7 axes of 1 and more behind the batch axis, 4 million elements in all.",
        graph,
        kind,
        name,
        spec.shape());
  }

  private static double elements(TensorSpec spec) {
    return spec.shape().stream()
        .skip(1)
        .mapToDouble(Double::parseDouble)
        .reduce(1, (a, b) -> a * b);
  }

  private void states() {
    boolean sized = true;
    for (Map.Entry<String, State> entry : manifest.states().entrySet()) {
      State state = entry.getValue();
      double elements =
          state.shape().stream().mapToDouble(Integer::doubleValue).reduce(1, (a, b) -> a * b);
      sized &=
          problems.require(
              state.shape().size() <= 7
                  && state.shape().stream().allMatch(axis -> axis >= 1)
                  && elements * state.type().bytes() <= MAX_SINGLE_STATE,
              "states.%s has shape %s; use at most 7 axes of 1 and more, without a batch axis, below 1 GiB.",
              entry.getKey(),
              state.shape());
      problems.require(
          state.init().fill() == 0 || state.type() == ElementType.FLOAT32,
          "states.%s is %s and starts at %s; only float32 may start at another value than zeros.",
          entry.getKey(),
          state.type().manifestName(),
          state.init().fill());
    }
    if (sized) {
      problems.require(
          manifest.canonicalStateBytes() <= PackValidator.MAX_STATE_BYTES,
          "canonical state is %d bytes a session, the cap is %d; make what can be rebuilt derived state.",
          manifest.canonicalStateBytes(),
          PackValidator.MAX_STATE_BYTES);
    }
  }

  private void identities() {
    problems.require(
        !manifest.identities().isEmpty(),
        "identities is empty; bundle at least one, so that the pack can be tried.");
    manifest
        .identities()
        .forEach(
            (name, file) -> {
              try {
                identity(name, file, contents.read(file));
              } catch (PackException e) {
                problems.addAll(e.problems());
              }
            });
  }

  private void identity(String name, String file, byte[] png) {
    problems.require(
        png.length <= MAX_IDENTITY_BYTES,
        "identity \"%s\" (%s) has %d bytes, at most %d are allowed; compress it more.",
        name,
        file,
        png.length,
        MAX_IDENTITY_BYTES);
    ByteBuffer header = ByteBuffer.wrap(png);
    if (!problems.require(
        png.length > 24 && header.getLong(0) == PNG_SIGNATURE,
        "identity \"%s\" (%s) is not a PNG; convert it.",
        name,
        file)) {
      return;
    }
    Size size = manifest.identity();
    problems.require(
        header.getInt(16) == size.width() && header.getInt(20) == size.height(),
        "identity \"%s\" (%s) is %d x %d, the pack needs %d x %d; crop and scale it.",
        name,
        file,
        header.getInt(16),
        header.getInt(20),
        size.width(),
        size.height());
  }
}
