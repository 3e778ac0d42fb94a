package io.avatarflow.jobs.bench;

import io.avatarflow.jobs.client.SessionWriter;
import io.avatarflow.jobs.local.EmbeddedFlink.Checkpoint;
import io.avatarflow.jobs.local.EmbeddedStack;
import io.avatarflow.operators.pack.ModelPack;
import io.avatarflow.schemas.Topics;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Live sessions on the embedded stack for a long time: whether memory and state stay flat, sound
 * and pictures together, and nothing is lost.
 *
 * <p>Broker, Flink with the job and its checkpoints, speakers and viewer share one process. The job
 * is the one that cells run, paced by the clock, but for the idle timeout: sessions that only
 * listen are part of the load.
 */
public final class SoakBench {
  private static final Duration LEAD_IN = Duration.ofMillis(100);
  private static final Duration LONGEST_SESSION = Duration.ofDays(2);

  /** How long the last closes may take. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** The first completed checkpoint behind a moment may have begun before it, the next has not. */
  private static final int CHECKPOINTS = 2;

  private final Consumer<String> progress;
  private final SampleSink sink;

  /** Takes samples as they are made. */
  @FunctionalInterface
  public interface SampleSink {
    void add(SoakSample sample) throws IOException;
  }

  /**
   * @param progress told how far it is
   * @param sink takes every sample
   */
  public SoakBench(Consumer<String> progress, SampleSink sink) {
    this.progress = progress;
    this.sink = sink;
  }

  /** Plays a load and judges it. */
  public SoakResult run(SoakLoad load) throws IOException, InterruptedException {
    List<String> job =
        List.of(
            "--pack",
            load.pack(),
            "--pacing",
            "realtime",
            "--start-from",
            "earliest",
            "--idle-timeout",
            "0 s",
            "--max-duration",
            LONGEST_SESSION.toHours() + " h");
    try (ModelPack pack = ModelPack.load(load.pack());
        EmbeddedStack stack = EmbeddedStack.start(0, 1, job)) {
      BenchSessions sessions = new BenchSessions(pack, BundledSpeech.load());
      LiveClock clock = LiveClock.of(pack.manifest());
      progress.accept("%s: warm-up".formatted(load.pack()));
      play(load.warmUp(), "warm", sessions, clock, stack, sample -> {});
      SoakLeftovers before = leftovers(stack);
      Played played =
          play(
              load,
              "soak",
              sessions,
              clock,
              stack,
              sample -> {
                sink.add(sample);
                tell(load, sample);
              });
      SoakLeftovers after = leftovers(stack);
      after
          .mostSince(before)
          .ifPresent(
              kind ->
                  progress.accept(
                      "%s: what most is left of: %d objects of %s"
                          .formatted(load.pack(), kind.count(), kind.name())));
      return new SoakResult(
          load,
          played.seen(),
          played.rejected(),
          played.unfinished(),
          played.feederLateMillis(),
          SoakGrowth.of(played.samples(), load.length()),
          before,
          after);
    }
  }

  /** What came of the load, before it is judged. */
  private record Played(
      List<SoakSample> samples,
      SoakViewer.Seen seen,
      long rejected,
      int unfinished,
      double feederLateMillis) {}

  private static Played play(
      SoakLoad load,
      String run,
      BenchSessions sessions,
      LiveClock clock,
      EmbeddedStack stack,
      SampleSink sampled)
      throws IOException, InterruptedException {
    SessionWriter writer =
        new SessionWriter(
            stack.bootstrap(),
            Topics.DEFAULT.input(),
            RecordedLoad.MAX_PARALLELISM,
            LoadClients.GATHERING.producer());
    try (SoakObserver observer = new SoakObserver(stack.bootstrap(), clock);
        RejectCount rejects = new RejectCount(stack.bootstrap())) {
      long start = System.nanoTime() + LEAD_IN.toNanos();
      SoakCast cast = new SoakCast(sessions, load, run, start, observer::expect);
      try (LiveLoad speakers = LiveLoad.start(writer, cast.first(), cast::follow)) {
        List<SoakSample> samples = new ArrayList<>();
        long every = load.sampleEvery().toNanos();
        for (long at = every; at <= load.length().toNanos(); at += every) {
          TimeUnit.NANOSECONDS.sleep(start + at - System.nanoTime());
          speakers.check();
          check(stack);
          boolean collect = falls(at, every, load.collectEvery());
          SoakSample sample =
              new SoakSample(at / 1e9, observer.seen(), rejects.count(), gauges(stack, collect));
          samples.add(sample);
          sampled.add(sample);
        }
        speakers.await();
        int unfinished = observer.awaitCloses(PATIENCE);
        check(stack);
        return new Played(
            samples, observer.seen(), rejects.count(), unfinished, speakers.latestMillis());
      }
    }
  }

  /** True when a moment is the first of the samples' grid in another period. */
  private static boolean falls(long at, long every, Duration period) {
    return at / period.toNanos() > (at - every) / period.toNanos();
  }

  private static Map<SoakGauge, Double> gauges(EmbeddedStack stack, boolean collect)
      throws IOException {
    Map<SoakGauge, Double> gauges = new EnumMap<>(ProcessGauges.read(collect));
    stack
        .lastCheckpoint()
        .ifPresent(last -> gauges.put(SoakGauge.STATE, last.stateBytes() / 1024.0));
    return gauges;
  }

  private void tell(SoakLoad load, SoakSample sample) {
    long at = Math.round(sample.seconds() * 1e9);
    if (falls(at, load.sampleEvery().toNanos(), load.tellEvery())) {
      progress.accept(
          String.format(
              Locale.ROOT,
              "%s: %.1f of %.1f min, %d frames, heap %s, resident %s",
              load.pack(),
              sample.seconds() / 60,
              load.length().toMillis() / 60e3,
              sample.seen().frames(),
              mib(sample.value(SoakGauge.HEAP)),
              mib(sample.value(SoakGauge.ANONYMOUS))));
    }
  }

  private static String mib(OptionalDouble value) {
    return value.isEmpty()
        ? "unknown"
        : String.format(Locale.ROOT, "%.0f MiB", value.getAsDouble());
  }

  /** What is there while no session is. */
  private static SoakLeftovers leftovers(EmbeddedStack stack)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    long from = stack.lastCheckpoint().map(Checkpoint::id).orElse(0L);
    Optional<Checkpoint> last = stack.lastCheckpoint();
    while (last.map(Checkpoint::id).orElse(0L) < from + CHECKPOINTS) {
      check(stack);
      if (System.nanoTime() > deadline) {
        throw new IOException(
            "The job completed no checkpoint within %d s.".formatted(PATIENCE.toSeconds()));
      }
      TimeUnit.MILLISECONDS.sleep(50);
      last = stack.lastCheckpoint();
    }
    return new SoakLeftovers(LiveObjects.count(), last.orElseThrow().stateBytes());
  }

  private static void check(EmbeddedStack stack) throws IOException {
    Optional<String> stopped = stack.failure();
    if (stopped.isPresent()) {
      throw new IOException("The embedded job stopped: " + stopped.get());
    }
  }
}
