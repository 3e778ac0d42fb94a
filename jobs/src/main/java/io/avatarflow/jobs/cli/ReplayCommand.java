package io.avatarflow.jobs.cli;

import io.avatarflow.jobs.bench.BenchResult;
import io.avatarflow.jobs.local.Folders;
import io.avatarflow.jobs.render.Progress;
import io.avatarflow.jobs.replay.RecordingFolder;
import io.avatarflow.jobs.replay.ReplayRequest;
import io.avatarflow.jobs.replay.ReplayToFolder;
import io.avatarflow.jobs.replay.ReplayToTopic;
import io.avatarflow.jobs.replay.ReplayVerification;
import io.avatarflow.jobs.replay.TopicRecorder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code avatarflow replay}: recorded sessions through the same graph again. */
@Command(
    name = "replay",
    mixinStandardHelpOptions = true,
    description = {
      "Sends recorded sessions through the same graph again, from the topics of a cell or from a folder.",
      "A folder gets, for each session, the video, a line of JSON for every frame and mark, and the records."
    })
final class ReplayCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @ArgGroup(multiplicity = "1")
  private Source source;

  @Mixin private FramesOptions kafka;
  @Mixin private SelectionOptions chosen;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR|topic:NAME",
      description =
          "Folder for the sessions, or topic:NAME for a topic of the cell, which gets them exactly once.")
  private String out;

  @ArgGroup private Decisions decisions = new Decisions();

  @Option(
      names = "--verify",
      description =
          "Compare the pictures with the recorded ones and say where they part; exit code 1 if they do.")
  private boolean verify;

  @Option(
      names = "--speed",
      paramLabel = "X",
      description = "Times the recorded speed; as fast as possible when absent.")
  private Double speed;

  @Option(
      names = "--pack",
      paramLabel = "NAME|DIR",
      description = "Another model pack than the recorded one.")
  private String pack;

  @Option(
      names = "--parallelism",
      paramLabel = "N",
      defaultValue = "1",
      description = "Subtasks of the graph. Default: ${DEFAULT-VALUE}.")
  private int parallelism;

  @Option(
      names = "--job",
      paramLabel = "OPTION=VALUE",
      description =
          "An option of the job that differs, for example device.batch=1; may be repeated.")
  private Map<String, String> job = Map.of();

  @Option(
      names = "--identity-root",
      paramLabel = "DIR",
      description = "Folder that identity paths are confined to.")
  private Path identityRoot;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write the figures, those of --verify included, as JSON.")
  private Path json;

  private static final class Source {
    @Option(
        names = "--input",
        paramLabel = "TOPIC",
        description = "Input topic of the cell; needs --bootstrap.")
    String topic;

    @Option(
        names = "--dir",
        paramLabel = "DIR",
        description = "A recording: the result of replay or export.")
    Path dir;
  }

  private static final class Decisions {
    @Option(
        names = "--as-lived",
        description =
            "Repeat what was decided by the clock: the same blocks, fills and rungs. The default.")
    boolean asLived;

    @Option(
        names = "--ideal",
        description = "Ignore what was decided: as if all audio had come in time.")
    boolean ideal;
  }

  @Override
  public Integer call() throws IOException {
    check();
    Path copy = source.dir == null ? Files.createTempDirectory("avatarflow-recording-") : null;
    try (Progress progress = Progress.toStderr(Boolean.getBoolean("avatarflow.terminal"))) {
      RecordingFolder recording =
          copy == null
              ? new RecordingFolder(source.dir, chosen.selection())
              : new RecordingFolder(copy);
      if (copy != null) {
        progress.phase("reading the topics");
        RecordedTopics.copy(kafka, source.topic, chosen.selection(), recording);
      }
      ReplayRequest request =
          new ReplayRequest(
              recording,
              Optional.ofNullable(pack),
              decisions.asLived || !decisions.ideal,
              speed == null ? Double.POSITIVE_INFINITY : speed,
              parallelism,
              jobOptions(),
              Optional.ofNullable(identityRoot));
      return out.startsWith("topic:")
          ? toTopic(request, progress)
          : toFolder(request, new RecordingFolder(Path.of(out)), progress);
    } finally {
      if (copy != null) {
        Folders.delete(copy);
      }
    }
  }

  private void check() {
    if (source.topic != null || out.startsWith("topic:")) {
      kafka.bootstrap();
    }
    if (out.startsWith("topic:") && (verify || speed != null)) {
      throw usage("--verify and --speed need a folder as --out; leave them out for a topic.");
    }
    if (speed != null && !(speed > 0 && speed <= 1000)) {
      throw usage("--speed %s is not possible; give more than 0, up to 1000.".formatted(speed));
    }
    Usage.between(spec, "--parallelism", parallelism, 1, 60);
  }

  private List<String> jobOptions() {
    List<String> options = new ArrayList<>();
    job.forEach((name, value) -> options.addAll(List.of("--" + name, value)));
    return options;
  }

  private ParameterException usage(String sentence) {
    return Usage.error(spec, sentence);
  }

  private int toTopic(ReplayRequest request, Progress progress) throws IOException {
    String topic = out.substring("topic:".length());
    new ReplayToTopic(request, kafka.bootstrap(), kafka.properties(), topic, progress).run();
    System.out.printf(
        "%d sessions are on topic %s.%n", request.recording().sessions().size(), topic);
    return 0;
  }

  private int toFolder(ReplayRequest request, RecordingFolder folder, Progress progress)
      throws IOException {
    ReplayToFolder.Summary summary = new ReplayToFolder(request, folder, progress).run();
    System.out.printf(
        "%d sessions, %d video frames are in %s.%n",
        summary.sessions(), summary.videoFrames(), folder.root());
    summary.refused().forEach(sentence -> System.out.println("Refused: " + sentence));
    if (summary.rejects() > 0) {
      System.out.printf(
          "%d input records could not be used, the first because: %s%n",
          summary.rejects(), summary.firstReject().orElseThrow());
    }
    Optional<ReplayVerification> verification = Optional.empty();
    if (verify) {
      verification = Optional.of(ReplayVerification.of(request.recording(), folder));
      verification.get().print(System.out);
    }
    if (json != null) {
      BenchResult result =
          ReplayVerification.figures(
              summary, verification, request.asLived(), "avatarflow " + VersionProvider.version());
      result.write(json);
    }
    return verification.map(v -> v.isEqual() ? 0 : 1).orElse(0);
  }

  /** Copies sessions of a cell. */
  static final class RecordedTopics {
    private RecordedTopics() {}

    static void copy(
        FramesOptions kafka,
        String inputTopic,
        io.avatarflow.jobs.replay.SessionSelection selection,
        RecordingFolder recording)
        throws IOException {
      int found =
          new TopicRecorder(kafka.bootstrap(), kafka.properties())
              .record(inputTopic, Optional.of(kafka.framesTopic()), selection, recording)
              .size();
      if (found == 0) {
        throw new IOException(
            "Topic %s has no session that fits; look at --from, --to, --session and --tenant."
                .formatted(inputTopic));
      }
    }
  }
}
