package io.avatarflow.jobs.bench;

import io.avatarflow.jobs.bench.LiveSpeaker.Habits;
import io.avatarflow.jobs.bench.LiveStack.Group;
import io.avatarflow.jobs.bench.LiveStack.Seen;
import io.avatarflow.operators.pack.ModelPack;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.HdrHistogram.Histogram;

/**
 * Latency under live load, seen from outside: of the engine, of the first frame, of an interrupt;
 * and what a session costs that only listens.
 *
 * <p>Each run plays four scenes on one warm stack: talking sessions, sessions that are barged in
 * on, sessions that join while others talk, and listeners beside speakers.
 */
public final class LatencyBench {
  private static final int MOST_ROUNDS = 12;
  private static final Duration SETTLE = Duration.ofSeconds(2);
  private static final Duration JOIN_APART = Duration.ofMillis(450);
  private static final Duration JOINED = Duration.ofMillis(1200);

  /** How far the two computations of latency may be apart. */
  private static final double AGREEMENT = 0.10;

  private final Consumer<String> progress;

  /**
   * @param progress told of each run
   */
  public LatencyBench(Consumer<String> progress) {
    this.progress = progress;
  }

  /**
   * How much is played.
   *
   * @param pack the model pack
   * @param sessions that are live
   * @param halfLoad sessions that talk while others join
   * @param window length of each scene
   * @param warm whether the engine is made warm first, not only started
   * @param runs how often
   */
  public record Load(
      String pack, int sessions, int halfLoad, Duration window, boolean warm, int runs) {
    WarmUp warmUp() {
      return WarmUp.of(warm, 2, MOST_ROUNDS);
    }
  }

  /**
   * Measures one pack.
   *
   * @param prefix of the ids, {@code latency.} for the pack that the bars are about
   * @param idleId id of the cost of a listener
   */
  public List<BenchResult.Line> run(Load load, String prefix, String idleId)
      throws IOException, InterruptedException {
    Measurements measurements = new Measurements();
    try (ModelPack pack = ModelPack.load(load.pack());
        LiveStack stack = LiveStack.start(pack, load.pack(), List.of(), LoadClients.PROMPT)) {
      load.warmUp()
          .play(
              load.pack(),
              progress,
              () -> stack.play(List.of(everyone(load, Habits.TALKING)), SETTLE, load.window()));
      for (int run = 1; run <= load.runs(); run++) {
        progress.accept("%s: run %d of %d".formatted(load.pack(), run, load.runs()));
        talk(stack, load, prefix, measurements);
        bargeIn(stack, load, prefix, measurements);
        join(stack, load, prefix, measurements);
        listen(stack, load, idleId, measurements);
      }
    }
    return measurements.lines();
  }

  /** Whether the two computations of latency agree, by the lines that {@link #run} gave. */
  public static boolean agrees(List<BenchResult.Line> lines) {
    return lines.stream()
        .filter(line -> line.measure().endsWith("agreement"))
        .allMatch(line -> Math.abs(line.value() - 1) <= AGREEMENT);
  }

  private static Group everyone(Load load, Habits habits) {
    return Group.of("live", load.sessions(), habits, SETTLE);
  }

  private static void talk(LiveStack stack, Load load, String prefix, Measurements measurements)
      throws IOException, InterruptedException {
    Seen seen = stack.play(List.of(everyone(load, Habits.TALKING)), SETTLE, load.window());
    LiveFigures figures = seen.figures("live");
    latencies(figures)
        .forEach(
            (name, histogram) -> {
              measurements.add(prefix + name + "_p50_ms", "ms", LiveFigures.millis(histogram, 50));
              measurements.add(prefix + name + "_p95_ms", "ms", LiveFigures.millis(histogram, 95));
            });
    measurements.add(prefix + "agreement", "ratio", figures.agreement());
    measurements.add(prefix + "on_time", "share", figures.onTime());
    measurements.add(prefix + "feeder_late_ms", "ms", seen.latestMillis());
  }

  /** The engine's latency, the whole, and the legs of the whole, in the order of the report. */
  private static Map<String, Histogram> latencies(LiveFigures figures) {
    Map<String, Histogram> latencies = new LinkedHashMap<>();
    latencies.put("engine", figures.engine());
    latencies.put("end_to_end", figures.endToEnd());
    latencies.put("arriving", figures.arriving());
    latencies.put("queued", figures.queued());
    latencies.put("handed_over", figures.handedOver());
    latencies.put("leaving", figures.leaving());
    return latencies;
  }

  private static void bargeIn(LiveStack stack, Load load, String prefix, Measurements measurements)
      throws IOException, InterruptedException {
    Seen seen = stack.play(List.of(everyone(load, Habits.BARGED_IN)), SETTLE, load.window());
    Histogram stale = seen.figures("live").stale();
    measurements.add(prefix + "interrupt_p99_ms", "ms", LiveFigures.millis(stale, 99));
    measurements.add(prefix + "interrupts", "count", (double) stale.getTotalCount());
  }

  private static void join(LiveStack stack, Load load, String prefix, Measurements measurements)
      throws IOException, InterruptedException {
    int joiners = (int) Math.max(1, load.window().minus(JOINED).dividedBy(JOIN_APART));
    Group joining = new Group("join", joiners, Habits.TALKING, SETTLE, JOIN_APART, JOINED);
    Group background = Group.of("back", load.halfLoad(), Habits.TALKING, SETTLE);
    Seen seen = stack.play(List.of(background, joining), SETTLE, load.window());
    Histogram first = seen.figures("join").firstFrame();
    measurements.add(prefix + "first_frame_p95_ms", "ms", LiveFigures.millis(first, 95));
    measurements.add(prefix + "first_frame_p50_ms", "ms", LiveFigures.millis(first, 50));
    measurements.add(prefix + "first_frames", "count", (double) first.getTotalCount());
  }

  private static void listen(LiveStack stack, Load load, String idleId, Measurements measurements)
      throws IOException, InterruptedException {
    int half = Math.max(1, load.sessions() / 2);
    measurements.add(idleId, "ratio", idleCost(stack, half, load.window()));
  }

  /** Device time of listening sessions against as many that speak beside them. */
  static double idleCost(LiveStack stack, int each, Duration window)
      throws IOException, InterruptedException {
    Seen seen =
        stack.play(
            List.of(
                Group.of("idle", each, Habits.LISTENING, SETTLE),
                Group.of("talk", each, Habits.MONOLOGUE, SETTLE)),
            SETTLE.multipliedBy(2),
            window);
    return seen.figures("idle").deviceMillisPerSecond()
        / seen.figures("talk").deviceMillisPerSecond();
  }
}
