package io.avatarflow.jobs.bench;

import io.avatarflow.jobs.client.SessionWriter;
import io.avatarflow.jobs.local.EmbeddedStack;
import io.avatarflow.operators.pack.ModelPack;
import io.avatarflow.operators.pack.PackManifest;
import io.avatarflow.schemas.CloseMode;
import io.avatarflow.schemas.SessionClose;
import io.avatarflow.schemas.SessionKey;
import io.avatarflow.schemas.SessionSource;
import io.avatarflow.schemas.Topics;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Half as many sessions again as there are seats ask for one: what the admitted ones get, how soon
 * the refused ones know, and how full a cluster becomes before anybody is refused.
 *
 * <p>Sessions open within some seconds on an embedded stack that paces by the clock, speak without
 * a pause, and stop when they are refused. All is seen by a consumer of the topics.
 */
public final class OverloadBench {
  private static final double LOAD = 1.5;
  private static final int MAX_PARALLELISM = 60;
  private static final int MOST_ROUNDS = 10;
  private static final int CHUNK_SAMPLES = BundledSpeech.RATE / 25;
  private static final Duration CHUNK = Duration.ofMillis(40);
  private static final Duration OPENING = Duration.ofSeconds(3);
  private static final Duration TAIL = Duration.ofSeconds(1);
  private static final Duration BUDGET = Duration.ofMillis(200);
  private static final int DEVICES = 8;
  private static final int SEATS_OF_DEVICE = 30;
  private static final double ARRIVALS = 4;
  private static final int SEEDS = 20;

  private final Consumer<String> progress;

  /**
   * @param progress told of each run
   */
  public OverloadBench(Consumer<String> progress) {
    this.progress = progress;
  }

  /**
   * How much is played.
   *
   * @param pack the model pack
   * @param seats that the process has
   * @param window how long is looked at
   * @param warm whether as many sessions ask for a seat before until the code is compiled, not only
   *     once
   * @param runs how often
   */
  public record Load(String pack, int seats, Duration window, boolean warm, int runs) {
    WarmUp warmUp() {
      return WarmUp.of(warm, 1, MOST_ROUNDS);
    }
  }

  /** A session that speaks. */
  private static final class Speaker {
    private final int number;
    private final SessionKey key;
    private final long openNanos;
    private final long closeNanos;
    private long dueNanos;
    private long spoken = -1;

    private Speaker(int number, SessionKey key, long openNanos, long closeNanos) {
      this.number = number;
      this.key = key;
      this.openNanos = openNanos;
      this.closeNanos = closeNanos;
      this.dueNanos = openNanos;
    }

    private long dueNanos() {
      return dueNanos;
    }
  }

  /** Measures admission under overload, and the placement library. */
  public List<BenchResult.Line> run(Load load) throws IOException, InterruptedException {
    Measurements measurements = new Measurements();
    try (ModelPack pack = ModelPack.load(load.pack());
        EmbeddedStack stack =
            EmbeddedStack.start(
                0,
                1,
                List.of(
                    "--pack",
                    load.pack(),
                    "--pacing",
                    "realtime",
                    "--pacing.budget",
                    BUDGET.toMillis() + " ms",
                    "--start-from",
                    "earliest",
                    "--seats",
                    Integer.toString(load.seats())))) {
      BenchSessions sessions = new BenchSessions(pack, BundledSpeech.load());
      int count = (int) Math.ceil(LOAD * load.seats());
      AtomicInteger warming = new AtomicInteger();
      load.warmUp()
          .play(
              load.pack(),
              progress,
              () -> {
                try (OverloadObserver observer = new OverloadObserver(stack.bootstrap())) {
                  String name = "w" + warming.incrementAndGet();
                  play(stack, sessions, observer, name, count, load.window());
                }
              });
      for (int run = 1; run <= load.runs(); run++) {
        progress.accept("%s: run %d of %d".formatted(load.pack(), run, load.runs()));
        try (OverloadObserver observer = new OverloadObserver(stack.bootstrap())) {
          play(stack, sessions, observer, "o" + run, count, load.window());
          note(measurements, observer, pack.manifest(), load, count);
        }
      }
    }
    placement(measurements);
    return measurements.lines();
  }

  private static void play(
      EmbeddedStack stack,
      BenchSessions sessions,
      OverloadObserver observer,
      String run,
      int count,
      Duration window)
      throws IOException {
    long start = System.nanoTime() + CHUNK.toNanos();
    long end = start + OPENING.plus(window).toNanos();
    PriorityQueue<Speaker> speakers =
        new PriorityQueue<>(Comparator.comparingLong(Speaker::dueNanos));
    for (int i = 0; i < count; i++) {
      long opens = start + OPENING.toNanos() * i / count;
      speakers.add(new Speaker(i, BenchSessions.key(run, i), opens, end));
    }
    try (SessionWriter writer =
        new SessionWriter(
            stack.bootstrap(),
            Topics.DEFAULT.input(),
            MAX_PARALLELISM,
            LoadClients.GATHERING.producer())) {
      while (!speakers.isEmpty()) {
        Speaker next = speakers.remove();
        for (long early = next.dueNanos - System.nanoTime();
            early > 0;
            early = next.dueNanos - System.nanoTime()) {
          LockSupport.parkNanos(early);
        }
        if (speak(writer, sessions, observer, next)) {
          speakers.add(next);
        }
      }
    }
    LockSupport.parkNanos(TAIL.toNanos());
    if (stack.failure().isPresent()) {
      throw new IOException("The embedded job stopped: " + stack.failure().get());
    }
  }

  /** Sends what is due; false when the session is through. */
  private static boolean speak(
      SessionWriter writer, BenchSessions sessions, OverloadObserver observer, Speaker speaker) {
    if (speaker.spoken < 0) {
      observer.opens(
          speaker.key.toString(), ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()));
      writer.send(speaker.key, sessions.open(speaker.number, SessionSource.LIVE));
      speaker.spoken = 0;
    } else if (observer.isRefused(speaker.key.toString())) {
      return false;
    } else if (speaker.dueNanos >= speaker.closeNanos) {
      writer.send(speaker.key, SessionClose.newBuilder().setMode(CloseMode.NOW).build());
      return false;
    } else {
      writer.send(
          speaker.key,
          sessions
              .speech()
              .chunk(speaker.number, speaker.spoken, 0, speaker.spoken, CHUNK_SAMPLES, false));
      speaker.spoken += CHUNK_SAMPLES;
    }
    speaker.dueNanos = speaker.openNanos + CHUNK.toNanos() * (1 + speaker.spoken / CHUNK_SAMPLES);
    return true;
  }

  private static void note(
      Measurements measurements,
      OverloadObserver observer,
      PackManifest manifest,
      Load load,
      int count) {
    int blockMillis = 1000 * manifest.clock().framesPerBlock() / manifest.clock().fps();
    OverloadObserver.Timeline timeline =
        new OverloadObserver.Timeline(
            blockMillis * 1000L,
            (manifest.lookAheadMillis() + BUDGET.toMillis()) * 1000,
            OPENING.toNanos() / 1000,
            OPENING.plus(load.window()).toNanos() / 1000);
    OverloadObserver.Outcome seen = observer.outcome(timeline);
    measurements.add("overload.on_time", "%", 100 * seen.onTime());
    measurements.add("overload.refusal_answered", "%", 100 * seen.refusedInTime());
    measurements.add("overload.refusal_slowest_ms", "ms", seen.slowestRefusalMillis());
    measurements.add("overload.seats", "seats", load.seats());
    measurements.add("overload.asked", "sessions", count);
    measurements.add("overload.admitted", "sessions", seen.admitted());
    measurements.add("overload.refused", "sessions", seen.refused());
    measurements.add("overload.degraded_frames", "%", 100 * seen.degraded());
  }

  private void placement(Measurements measurements) {
    progress.accept("placement");
    for (int seed = 0; seed < SEEDS; seed++) {
      PlacementFill minted = PlacementFill.minted(DEVICES, SEATS_OF_DEVICE, ARRIVALS, seed);
      measurements.add("placement.fill", "ratio", minted.fill());
      measurements.add("placement.waited", "sessions", minted.waited());
      measurements.add(
          "placement.hash_fill",
          "ratio",
          PlacementFill.hashed(DEVICES, SEATS_OF_DEVICE, seed).fill());
    }
  }
}
