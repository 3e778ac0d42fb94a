package io.avatarflow.jobs.render;

import io.avatarflow.jobs.client.SessionReader;
import io.avatarflow.jobs.client.SessionWriter;
import io.avatarflow.jobs.graph.Identities;
import io.avatarflow.jobs.local.EmbeddedBroker;
import io.avatarflow.jobs.local.EmbeddedStack;
import io.avatarflow.operators.codec.AudioFileReader;
import io.avatarflow.operators.codec.MediaFileWriter;
import io.avatarflow.operators.identity.IdentityPolicy;
import io.avatarflow.operators.ingest.SessionAdmission;
import io.avatarflow.operators.pack.ModelPack;
import io.avatarflow.schemas.CloseMark;
import io.avatarflow.schemas.CloseReason;
import io.avatarflow.schemas.PackReference;
import io.avatarflow.schemas.RecordCodec;
import io.avatarflow.schemas.SessionEvent;
import io.avatarflow.schemas.SessionEventType;
import io.avatarflow.schemas.SessionKey;
import io.avatarflow.schemas.SessionOpen;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.SessionSource;
import io.avatarflow.schemas.Topics;
import io.avatarflow.schemas.VideoSettings;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One render: an embedded stack, one session, one video file.
 *
 * <p>Everything that can be wrong with the input is found before the stack starts. A failure, or
 * the end of the process, leaves nothing at the target.
 */
public final class RenderRun {
  private static final SessionKey KEY = new SessionKey("local", "render");
  private static final Duration CHUNK = Duration.ofMillis(200);
  // Longer chunks would release several blocks at once, which then wait for one another.
  private static final Duration LIVE_CHUNK = Duration.ofMillis(40);
  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration STALL = Duration.ofMinutes(2);
  private static final int MAX_PARALLELISM = 60;

  private final RenderRequest request;
  private final Progress progress;
  private volatile boolean stopped;

  public RenderRun(RenderRequest request, Progress progress) {
    this.request = request;
    this.progress = progress;
  }

  /** Renders; the video file is there when this returns. */
  public RenderReport run() throws IOException {
    MediaFileWriter.format(request.out(), request.codec());
    OutputFiles.check(request);
    EmbeddedBroker.checkPort(request.brokerPort());
    try (BundledSample sample = BundledSample.or(request.audio());
        AudioFileReader audio =
            new AudioFileReader(sample.file(), request.realtime() ? LIVE_CHUNK : CHUNK);
        ModelPack pack = ModelPack.load(request.pack())) {
      SessionOpen open = open(pack);
      admit(open, pack);
      try (RawPictures pictures =
          request.framesDir().isPresent() ? RawPictures.in(request.framesDir().get()) : null) {
        progress.phase("starting Kafka and Flink");
        try (Recording recording =
                request.record().isPresent() ? new Recording(request.record().get()) : null;
            EmbeddedStack stack =
                EmbeddedStack.start(request.brokerPort(), 1, jobArguments(pictures));
            FrameCollector collector =
                new FrameCollector(
                    request.out(),
                    request.contactSheet().isPresent(),
                    Optional.ofNullable(recording))) {
          RenderReport report = drive(stack, audio, pack, open, collector);
          if (pictures != null) {
            pictures.complete(KEY.toString());
          }
          return report;
        }
      }
    }
  }

  /** Makes a render that goes on end soon, with an exception. May be called by any thread. */
  public void stop() {
    stopped = true;
  }

  private static void admit(SessionOpen open, ModelPack pack) throws IOException {
    SessionAdmission admission =
        new SessionAdmission(
            pack.manifest(),
            pack.digest(),
            Identities.of(pack, IdentityPolicy.ANY, Optional.empty()));
    Optional<SessionAdmission.Refusal> refusal = admission.refusal(KEY, open);
    if (refusal.isEmpty()) {
      return;
    }
    if (refusal.get().isUsage()) {
      throw new UsageException(refusal.get().detail());
    }
    throw new IOException(refusal.get().detail());
  }

  private RenderReport drive(
      EmbeddedStack stack,
      AudioFileReader audio,
      ModelPack pack,
      SessionOpen open,
      FrameCollector collector)
      throws IOException {
    Topics topics = Topics.DEFAULT;
    try (SessionWriter writer =
            new SessionWriter(stack.bootstrap(), topics.input(), MAX_PARALLELISM);
        SessionReader<SessionOutput> frames =
            new SessionReader<>(stack.bootstrap(), topics.frames(), RecordCodec.output());
        SessionReader<SessionEvent> events =
            new SessionReader<>(stack.bootstrap(), topics.events(), RecordCodec.event())) {
      writer.send(KEY, open);
      AudioFeeder feeder = new AudioFeeder(audio, writer, KEY, request.realtime());
      Thread thread = new Thread(feeder, "audio-feeder");
      thread.setDaemon(true);
      thread.start();
      try {
        collect(stack, audio, feeder, frames, events, collector);
      } finally {
        feeder.stop();
        join(thread);
      }
      if (request.contactSheet().isPresent()) {
        collector.writeSheet(request.contactSheet().get());
      }
      collector.finish();
      return report(audio, feeder, pack, open, collector);
    }
  }

  private void collect(
      EmbeddedStack stack,
      AudioFileReader audio,
      AudioFeeder feeder,
      SessionReader<SessionOutput> frames,
      SessionReader<SessionEvent> events,
      FrameCollector collector)
      throws IOException {
    long lastNews = System.nanoTime();
    while (collector.closed().isEmpty()) {
      if (stopped) {
        throw new IOException("Stopped; %s was not written.".formatted(request.out()));
      }
      List<SessionOutput> outputs = frames.poll(POLL);
      for (SessionOutput output : outputs) {
        collector.add(output);
      }
      if (!outputs.isEmpty()) {
        lastNews = System.nanoTime();
      }
      if (collector.opened().isPresent()) {
        feeder.opened();
      }
      showProgress(audio, feeder, collector);
      for (SessionEvent event : events.poll(Duration.ZERO)) {
        refuse(event);
      }
      if (feeder.failure().isPresent()) {
        throw feeder.failure().get();
      }
      if (outputs.isEmpty()) {
        checkAlive(stack, lastNews);
      }
    }
    CloseMark close = collector.closed().orElseThrow();
    if (close.getReason() != CloseReason.CLOSED) {
      throw new IOException(
          "The session ended early (%s): %s".formatted(close.getReason(), close.getDetail()));
    }
  }

  private void showProgress(AudioFileReader audio, AudioFeeder feeder, FrameCollector collector) {
    if (collector.opened().isEmpty() || collector.videoFrames() == 0) {
      return;
    }
    double fps = collector.fps();
    feeder.rendered(collector.videoFrames() / fps);
    double total = feeder.complete() ? feeder.sentSeconds() : audio.estimatedSeconds().orElse(0);
    progress.frames(collector.videoFrames(), (long) Math.ceil(total * fps - 1e-6));
  }

  private static void refuse(SessionEvent event) throws IOException {
    SessionEventType type = event.getType();
    if (type == SessionEventType.REFUSED
        || type == SessionEventType.FAILED
        || type == SessionEventType.REJECTED_INPUT) {
      throw new IOException(
          event.getDetail().isEmpty()
              ? "The session was ended: " + event.getReason()
              : event.getDetail());
    }
  }

  private static void checkAlive(EmbeddedStack stack, long lastNews) throws IOException {
    Optional<String> failure = stack.failure();
    if (failure.isPresent()) {
      throw new IOException("The embedded job stopped: " + failure.get());
    }
    if (System.nanoTime() - lastNews > STALL.toNanos()) {
      throw new IOException(
          "No frame came for %d s; run again with -v to see what the engine does."
              .formatted(STALL.toSeconds()));
    }
  }

  private List<String> jobArguments(RawPictures pictures) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--pack", request.pack(),
                "--start-from", "earliest",
                "--pacing", "asap",
                "--identity.policy", "any",
                // A machine that stalls or sleeps must not end the film.
                "--idle-timeout", "0 s",
                "--checkpoint-interval", "0 s"));
    if (pictures != null) {
      arguments.addAll(List.of("--raw-frames-dir", pictures.part().toString()));
    }
    return arguments;
  }

  private SessionOpen open(ModelPack pack) throws IOException {
    VideoSettings.Builder video = VideoSettings.newBuilder().setCodec(request.codec());
    request.size().ifPresent(size -> video.setWidth(size).setHeight(size));
    request.bitrate().ifPresent(video::setBitrate);
    return SessionOpen.newBuilder()
        .setPack(
            PackReference.newBuilder()
                .setName(pack.manifest().name())
                .setDigest(pack.digest())
                .build())
        .setIdentity(Portrait.of(request, pack))
        .setFraming(request.framing())
        .setSeed(request.seed())
        .setVideo(video.build())
        .setParameters(request.parameters())
        .setSource(SessionSource.RECORDED)
        .build();
  }

  private RenderReport report(
      AudioFileReader audio,
      AudioFeeder feeder,
      ModelPack pack,
      SessionOpen open,
      FrameCollector collector) {
    double duration = feeder.sentSeconds();
    double media = collector.videoFrames() / collector.fps();
    return new RenderReport(
        collector.videoFrames(),
        duration,
        collector.fps(),
        collector.framesDigest(),
        collector.latency().latency(),
        collector.latency().queue(),
        collector.latency().engine(),
        collector.latency().stages(),
        collector.wallSeconds() > 0 ? media / collector.wallSeconds() : media,
        ProcessClock.secondsUntil(collector.firstFrameNanos()),
        ProcessClock.heapPeakMegabytes(),
        pack.manifest().name(),
        pack.digest(),
        open.getSeed(),
        request.codec().name().toLowerCase(java.util.Locale.ROOT),
        collector.opened().orElseThrow().getWidth(),
        collector.opened().orElseThrow().getHeight(),
        true,
        List.copyOf(audio.warnings()));
  }

  private static void join(Thread thread) {
    try {
      thread.join(Duration.ofSeconds(10).toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
