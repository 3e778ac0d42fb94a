package io.avatarflow.jobs.bench;

import io.avatarflow.jobs.local.EmbeddedStack;
import io.avatarflow.operators.pack.ModelPack;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
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
  private static final Duration LONGEST_SESSION = Duration.ofDays(2);

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
      progress.accept("%s: warm-up".formatted(load.pack()));
      SoakScene scene = new SoakScene(pack, stack);
      scene.play(load.warmUp(), "warm", sample -> {});
      SoakLeftovers before = scene.leftovers();
      SoakScene.Played played =
          scene.play(
              load,
              "soak",
              sample -> {
                sink.add(sample);
                tell(load, sample);
              });
      SoakLeftovers after = scene.leftovers();
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

  private void tell(SoakLoad load, SoakSample sample) {
    if (load.isDue(load.tellEvery(), Math.round(sample.seconds() * 1e9))) {
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
}
