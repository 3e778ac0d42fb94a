package io.avatarflow.jobs.bench;

import io.avatarflow.jobs.AvatarJobArguments;
import io.avatarflow.jobs.graph.GraphSettings;
import io.avatarflow.jobs.local.EmbeddedStack;
import io.avatarflow.operators.pack.ModelPack;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * What the engine costs: the throughput of the full graph with its embedded Kafka against the same
 * stages in plain loops on the same cores.
 *
 * <p>Both play the same recorded sessions, several at once so that batches form. The plain side is
 * one {@link BareLoop} a core, each with its share of the sessions; the engine has one device
 * worker a core. Runs alternate in one process after a warm-up of each; a pair gives one ratio.
 */
public final class OverheadBench {
  private static final int CORES = Runtime.getRuntime().availableProcessors();

  /** Chunks of 200 ms, as recorded audio is sent. */
  private static final int CHUNK_SAMPLES = BundledSpeech.RATE / 5;

  /**
   * Runs the same code many times as often in the same time, so that it is compiled before a pack
   * is measured that runs its graphs nearly all of the time.
   */
  private static final String QUICK_PACK = "probe";

  private static final int QUICK_SECONDS = 20;

  private static final int FEWEST_ROUNDS = 3;
  private static final int MOST_ROUNDS = 20;

  private final Consumer<String> progress;

  /**
   * @param progress told of each run
   */
  public OverheadBench(Consumer<String> progress) {
    this.progress = progress;
  }

  /**
   * How much is played.
   *
   * @param pack the model pack
   * @param sessions at once
   * @param seconds of speech of each, in each run
   * @param warm whether pairs that are not counted come first until the code is compiled, not only
   *     one
   * @param runs pairs that are counted
   */
  public record Load(String pack, int sessions, int seconds, boolean warm, int runs) {
    WarmUp warmUp() {
      return WarmUp.of(warm, FEWEST_ROUNDS, MOST_ROUNDS);
    }
  }

  /**
   * Measures one pack.
   *
   * @param load what to play
   * @param ratioId id of the ratio
   * @param prefix prefix of the ids of the two throughputs
   */
  public List<BenchResult.Line> run(Load load, String ratioId, String prefix)
      throws IOException, InterruptedException {
    if (load.warm() && !load.pack().equals(QUICK_PACK)) {
      play(new Load(QUICK_PACK, load.sessions(), QUICK_SECONDS, true, 0));
    }
    Played played = play(load);
    return List.of(
        BenchResult.Line.of(ratioId, "ratio", played.ratios()),
        BenchResult.Line.of(prefix + "engine_fps", "frames/s", played.engine()),
        BenchResult.Line.of(prefix + "loop_fps", "frames/s", played.plain()));
  }

  /** Frames a second of each counted run, and the one over the other. */
  private record Played(List<Double> engine, List<Double> plain, List<Double> ratios) {}

  private Played play(Load load) throws IOException, InterruptedException {
    BundledSpeech speech = BundledSpeech.load();
    List<String> arguments =
        List.of(
            "--pack", load.pack(),
            "--start-from", "earliest",
            "--idle-timeout", "0 s",
            "--device.workers", Integer.toString(CORES),
            "--cpu-pool.threads", Integer.toString(CORES));
    List<Double> engine = new ArrayList<>();
    List<Double> plain = new ArrayList<>();
    List<Double> ratios = new ArrayList<>();
    try (ModelPack pack = ModelPack.load(load.pack());
        EmbeddedStack stack = EmbeddedStack.start(0, 1, arguments);
        RecordedLoad through = new RecordedLoad(stack)) {
      BenchSessions sessions = new BenchSessions(pack, speech);
      GraphSettings settings = settings(arguments);
      AtomicInteger round = new AtomicInteger();
      load.warmUp()
          .play(
              load.pack(),
              progress,
              () -> {
                String name = "warm-up-" + round.incrementAndGet();
                plain(settings, scripts(sessions, load, name + "-loop"));
                engine(through, scripts(sessions, load, name + "-engine"));
              });
      for (int run = 1; run <= load.runs(); run++) {
        progress.accept("%s: run %d of %d".formatted(load.pack(), run, load.runs()));
        double loopFps = plain(settings, scripts(sessions, load, run + "-loop"));
        double engineFps = engine(through, scripts(sessions, load, run + "-engine"));
        plain.add(loopFps);
        engine.add(engineFps);
        ratios.add(engineFps / loopFps);
      }
    }
    return new Played(engine, plain, ratios);
  }

  private static List<BenchSessions.Script> scripts(BenchSessions sessions, Load load, String run) {
    return sessions.recorded(run, load.sessions(), load.seconds(), CHUNK_SAMPLES);
  }

  static GraphSettings settings(List<String> arguments) {
    List<String> args = new ArrayList<>(List.of("--bootstrap", "none:0"));
    args.addAll(arguments);
    return GraphSettings.of(AvatarJobArguments.parse(args.toArray(String[]::new)));
  }

  private static double plain(GraphSettings settings, List<BenchSessions.Script> scripts)
      throws IOException, InterruptedException {
    return LoopThroughput.framesPerSecond(settings, scripts, CORES);
  }

  private static double engine(RecordedLoad through, List<BenchSessions.Script> scripts)
      throws IOException, InterruptedException {
    long start = System.nanoTime();
    long frames = through.play(scripts);
    return frames * 1e9 / (System.nanoTime() - start);
  }
}
