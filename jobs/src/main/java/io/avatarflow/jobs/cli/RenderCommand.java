package io.avatarflow.jobs.cli;

import io.avatarflow.jobs.render.Progress;
import io.avatarflow.jobs.render.RenderReport;
import io.avatarflow.jobs.render.RenderRequest;
import io.avatarflow.jobs.render.RenderRun;
import io.avatarflow.schemas.Framing;
import io.avatarflow.schemas.VideoCodec;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code avatarflow render}: one audio file through the whole graph into one video file. */
@Command(
    name = "render",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Renders a talking head from speech, through embedded Kafka and Flink.",
      "Without options it renders the bundled sample to avatarflow.mp4."
    })
final class RenderCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--audio",
      paramLabel = "FILE",
      description = "Speech, in any format that FFmpeg reads. Default: the bundled sample.")
  private Path audio;

  @Option(
      names = "--identity",
      paramLabel = "IMAGE|NAME",
      description =
          "Portrait file (PNG, JPEG, GIF, BMP), or a bundled identity (see pack inspect). Default: the pack's first.")
  private String identity;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Video file, .mp4 for h264 or .webm for vp8. Default: avatarflow.mp4.")
  private Path out;

  @Option(
      names = "--pack",
      paramLabel = "NAME|DIR",
      defaultValue = "reference",
      description = "Model pack. Default: ${DEFAULT-VALUE}.")
  private String pack;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Seed of the performance. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @ArgGroup(validate = false, heading = "%nHow it looks (defaults come from the pack):%n")
  private final Parameters parameters = new Parameters();

  @ArgGroup(validate = false, heading = "%nWhat else to write:%n")
  private final Outputs outputs = new Outputs();

  /** Session parameters. */
  static final class Parameters {
    @Option(names = "--steps", paramLabel = "N", description = "Denoising steps of the picture.")
    private Integer steps;

    @Option(
        names = "--sampler",
        paramLabel = "S",
        description = "ddpm, ddim, euler, dpmpp-2m or lcm.")
    private String sampler;

    @Option(
        names = "--guidance",
        paramLabel = "X",
        description = "Guidance scale of the motion; 1 is none, more is livelier.")
    private Float guidance;

    @Option(
        names = "--temporal-weight",
        paramLabel = "X",
        description = "Temporal blending, 0 to 1.")
    private Float temporalWeight;

    @Option(
        names = "--identity-strength",
        paramLabel = "X",
        description = "How strictly the reference picture is kept, 0 to 1.")
    private Float identityStrength;

    @Option(
        names = "--valence",
        paramLabel = "X",
        description = "Expression from sad (-1) to happy (1).")
    private Float valence;

    @Option(
        names = "--arousal",
        paramLabel = "X",
        description = "Expression from calm (-1) to excited (1).")
    private Float arousal;

    @Option(
        names = "--framing",
        paramLabel = "auto|given",
        defaultValue = "auto",
        description =
            "Whether the portrait is cropped or already framed. Default: ${DEFAULT-VALUE}.")
    private String framing;

    @Option(
        names = "--codec",
        paramLabel = "h264|vp8",
        description = "Video codec. Default: by the ending of --out.")
    private String codec;

    @Option(
        names = "--size",
        paramLabel = "N",
        description = "Width and height in pixels. Default: the pack's.")
    private Integer size;

    @Option(
        names = "--bitrate",
        paramLabel = "N",
        description = "Video bit rate in bit/s. Default: chosen by size.")
    private Integer bitrate;
  }

  /** Other files. */
  static final class Outputs {
    @Option(
        names = "--report",
        paramLabel = "FILE.json",
        description = "Frames, digest, latency and speed as JSON.")
    private Path report;

    @Option(
        names = "--record",
        paramLabel = "FILE.avro",
        description = "Everything that the session emits, frames with their traces and marks.")
    private Path record;

    @Option(
        names = "--frames-dir",
        paramLabel = "DIR",
        description = "Every picture before encoding, as PNG.")
    private Path framesDir;

    @Option(
        names = "--contact-sheet",
        paramLabel = "FILE.png",
        description = "Pictures at even distances on one sheet.")
    private Path contactSheet;

    @Option(
        names = "--pace",
        paramLabel = "asap|realtime",
        defaultValue = "asap",
        description = "How fast the audio is fed to the engine. Default: ${DEFAULT-VALUE}.")
    private String pace;

    @Option(
        names = "--broker-port",
        paramLabel = "PORT",
        defaultValue = "0",
        description = "Port of the embedded broker. Default: a free one.")
    private int brokerPort;
  }

  @Override
  public Integer call() throws Exception {
    RenderRequest request = request();
    RenderReport report;
    Progress progress = Progress.toStderr(Boolean.getBoolean("avatarflow.terminal"));
    RenderRun run = new RenderRun(request, progress);
    ProcessExit.Work work = ProcessExit.running(run::stop);
    try {
      report = run.run();
    } finally {
      progress.close();
      work.close();
    }
    report.warnings().forEach(warning -> System.err.println("avatarflow: warning: " + warning));
    if (outputs.report != null) {
      report.write(outputs.report);
    }
    System.out.printf(
        Locale.ROOT,
        "%s: %d frames, %.2f s, real-time factor %.2f, synthetic%n",
        request.out(),
        report.frames(),
        report.durationSeconds(),
        report.realTimeFactor());
    return 0;
  }

  private RenderRequest request() {
    requireValue("--audio", audio);
    requireValue("--identity", identity);
    requireValue("--out", out);
    requireValue("--pack", pack);
    requireValue("--report", outputs.report);
    requireValue("--record", outputs.record);
    requireValue("--frames-dir", outputs.framesDir);
    requireValue("--contact-sheet", outputs.contactSheet);
    VideoCodec codec = codec();
    Path target =
        out == null ? Path.of(codec == VideoCodec.VP8 ? "avatarflow.webm" : "avatarflow.mp4") : out;
    String name =
        target.getFileName() == null
            ? ""
            : target.getFileName().toString().toLowerCase(Locale.ROOT);
    String ending = codec == VideoCodec.VP8 ? ".webm" : ".mp4";
    if (!name.endsWith(ending)) {
      throw usage(
          "--out %s does not fit codec %s; name a file that ends in %s."
              .formatted(target, codec.name().toLowerCase(Locale.ROOT), ending));
    }
    if (parameters.size != null
        && (parameters.size < 64 || parameters.size > 1024 || parameters.size % 2 != 0)) {
      throw usage(
          "--size %d is not possible; give an even number from 64 to 1024."
              .formatted(parameters.size));
    }
    if (outputs.brokerPort < 0 || outputs.brokerPort > 65_535) {
      throw usage("--broker-port %d is not a port; give 0 to 65535.".formatted(outputs.brokerPort));
    }
    return new RenderRequest(
        Optional.ofNullable(audio),
        Optional.ofNullable(identity),
        oneOf("--framing", parameters.framing, "auto", "given").equals("given")
            ? Framing.GIVEN
            : Framing.AUTO,
        target,
        pack,
        seed,
        codec,
        Optional.ofNullable(parameters.size),
        Optional.ofNullable(parameters.bitrate),
        io.avatarflow.schemas.SessionParameters.newBuilder()
            .setSteps(parameters.steps)
            .setSampler(parameters.sampler)
            .setGuidance(parameters.guidance)
            .setTemporalWeight(parameters.temporalWeight)
            .setIdentityStrength(parameters.identityStrength)
            .setValence(parameters.valence)
            .setArousal(parameters.arousal)
            .build(),
        Optional.ofNullable(outputs.framesDir),
        Optional.ofNullable(outputs.contactSheet),
        Optional.ofNullable(outputs.report),
        Optional.ofNullable(outputs.record),
        oneOf("--pace", outputs.pace, "asap", "realtime").equals("realtime"),
        outputs.brokerPort);
  }

  private void requireValue(String option, Object value) {
    if (value != null && value.toString().isBlank()) {
      throw usage("%s has an empty value; give one, or leave the option out.".formatted(option));
    }
  }

  private VideoCodec codec() {
    if (parameters.codec == null) {
      return out != null && out.toString().toLowerCase(Locale.ROOT).endsWith(".webm")
          ? VideoCodec.VP8
          : VideoCodec.H264;
    }
    return VideoCodec.valueOf(
        oneOf("--codec", parameters.codec, "h264", "vp8").toUpperCase(Locale.ROOT));
  }

  private String oneOf(String option, String value, String... possible) {
    for (String p : possible) {
      if (p.equalsIgnoreCase(value)) {
        return p;
      }
    }
    throw usage(
        "%s %s is not known; use %s.".formatted(option, value, String.join(" or ", possible)));
  }

  private ParameterException usage(String message) {
    return Usage.error(spec, message);
  }
}
