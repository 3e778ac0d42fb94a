package io.avatarflow.jobs.bench;

import io.avatarflow.jobs.bench.LiveSpeaker.Habits;
import io.avatarflow.jobs.bench.LiveStack.Group;
import io.avatarflow.jobs.capacity.CapacityProfile;
import io.avatarflow.jobs.graph.GraphSettings;
import io.avatarflow.operators.ingest.PacingOptions;
import io.avatarflow.operators.pack.Ladder;
import io.avatarflow.operators.pack.ModelPack;
import io.avatarflow.operators.proof.MachineKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * How many live sessions the embedded stack carries with 99.5 % of their blocks on time, against
 * the number that a plain loop carries.
 *
 * <p>Every session speaks all the time, so that the seats hold when everybody does. Producers,
 * broker, job and the consumer that judges share the process's cores. The plain loop, one thread,
 * carries as many sessions as it makes frames a second over the pack's: it has no deadlines to
 * miss.
 */
public final class CapacityBench {
  /** What counts as carried. */
  static final double ON_TIME = 0.995;

  private static final int CORES = Runtime.getRuntime().availableProcessors();
  private static final int CHUNK_SAMPLES = BundledSpeech.RATE / 25;
  private static final int DEVICE_WORKERS = 1;
  private static final int CURVE_RUNS = 30;
  private static final long PAGE_BYTES = 4096;
  private static final Duration RAMP = Duration.ofSeconds(3);
  private static final List<String> JOB =
      List.of(
          "--idle-timeout",
          "0 s",
          "--cpu-pool.threads",
          Integer.toString(CORES),
          "--device.workers",
          Integer.toString(DEVICE_WORKERS));

  private final Consumer<String> progress;
  private LiveStack.Seen lastTrial;

  /**
   * @param progress told of each step
   */
  public CapacityBench(Consumer<String> progress) {
    this.progress = progress;
  }

  /**
   * How long it may take.
   *
   * @param pack the model pack
   * @param window length of a trial
   * @param warmUp length of the warm-up
   * @param loopSeconds of speech that each session of the plain loop plays
   * @param runs of the plain loop, and of the trial at the number that was found
   */
  public record Effort(String pack, Duration window, Duration warmUp, int loopSeconds, int runs) {}

  /**
   * What was found.
   *
   * @param lines the measures
   * @param profile what seats and plans are computed from
   */
  public record Found(List<BenchResult.Line> lines, CapacityProfile profile) {}

  /**
   * Measures one pack.
   *
   * @param prefix of the ids
   * @param versions of what is measured
   */
  public Found run(Effort effort, String prefix, String versions)
      throws IOException, InterruptedException {
    Samples samples = new Samples();
    try (ModelPack pack = ModelPack.load(effort.pack())) {
      int fps = pack.manifest().clock().fps();
      List<String> job = new ArrayList<>(JOB);
      try (LiveStack stack = LiveStack.start(pack, effort.pack(), job)) {
        long before = residentBytes();
        loops(pack, effort, prefix, samples);
        List<BenchResult.Line> soFar = samples.lines();
        double loopSeats = soFar.get(0).value() / fps;
        double allSeats = soFar.get(1).value() / fps;
        progress.accept("%s: warm-up".formatted(effort.pack()));
        stack.play(List.of(everyone(Math.max(1, (int) (loopSeats / 2)))), RAMP, effort.warmUp());
        int found = search(stack, effort, (int) Math.max(1, Math.round(loopSeats)));
        List<Double> shares = new ArrayList<>();
        int seats = confirm(stack, effort, found, shares);
        for (double share : shares) {
          samples.add(prefix + "on_time", "share", share);
        }
        samples.add(prefix + "seats", "sessions", seats);
        samples.add(prefix + "loop_seats", "sessions", Math.floor(loopSeats));
        samples.add(prefix + "seat_ratio", "ratio", seats / Math.max(1, Math.floor(loopSeats)));
        samples.add(prefix + "all_cores_seats", "sessions", Math.floor(allSeats));
        samples.add(prefix + "all_cores_ratio", "ratio", seats / Math.max(1, Math.floor(allSeats)));
        progress.accept("%s: profile".formatted(effort.pack()));
        CapacityProfile profile =
            new CapacityProfile(
                CapacityProfile.NAME,
                BenchResult.thisMachine(),
                versions,
                samples.lines(),
                MachineKind.here(),
                CORES,
                "cpu",
                DEVICE_WORKERS,
                pack.manifest().name(),
                pack.digest(),
                1000 * pack.manifest().clock().framesPerBlock() / fps,
                seats,
                BenchResult.Line.of("", "share", shares).value(),
                pack.manifest().canonicalStateBytes() + Ladder.heldBytes(pack.manifest()),
                Math.max(0, (residentBytes() - before) / seats),
                (long) (lastTrial.inputBytes() / sessionSeconds(seats, effort)),
                (long) (lastTrial.outputBytes() / sessionSeconds(seats, effort)),
                (int) PacingOptions.ASAP.budget().toMillis(),
                PackCurve.measure(pack, List.of(1, 2, 4, 8, 16), CURVE_RUNS).profile().stages());
        return new Found(samples.lines(), profile);
      }
    }
  }

  private void loops(ModelPack pack, Effort effort, String prefix, Samples samples)
      throws IOException, InterruptedException {
    BenchSessions sessions = new BenchSessions(pack, BundledSpeech.load());
    List<String> arguments = new ArrayList<>(List.of("--pack", effort.pack()));
    arguments.addAll(JOB);
    GraphSettings settings = OverheadBench.settings(arguments);
    for (int run = -1; run <= effort.runs(); run++) {
      progress.accept("%s: plain loop".formatted(effort.pack()));
      double one = loop(sessions, settings, effort, "one" + run, 1);
      double all = loop(sessions, settings, effort, "all" + run, CORES);
      if (run > 0) {
        samples.add(prefix + "loop_fps", "frames/s", one);
        samples.add(prefix + "all_cores_fps", "frames/s", all);
      }
    }
  }

  private static double loop(
      BenchSessions sessions, GraphSettings settings, Effort effort, String run, int loops)
      throws IOException, InterruptedException {
    return LoopThroughput.framesPerSecond(
        settings, sessions.recorded(run, 8 * loops, effort.loopSeconds(), CHUNK_SAMPLES), loops);
  }

  /** The largest number that passed one trial, to within a twentieth. */
  private int search(LiveStack stack, Effort effort, int start)
      throws IOException, InterruptedException {
    int lower = 0;
    int upper = Integer.MAX_VALUE;
    int next = start;
    while (next > lower && next < upper) {
      boolean passes = trial(stack, effort, next) >= ON_TIME;
      if (passes) {
        lower = next;
      } else {
        upper = next;
      }
      int step = Math.max(1, lower / 20);
      if (upper == Integer.MAX_VALUE) {
        next = lower + Math.max(1, lower / 5);
      } else if (upper - lower <= step) {
        break;
      } else {
        next = (lower + upper) / 2;
      }
    }
    return Math.max(1, lower);
  }

  /**
   * Repeats the trial at the number that was found, and below it while the median does not pass.
   */
  private int confirm(LiveStack stack, Effort effort, int found, List<Double> shares)
      throws IOException, InterruptedException {
    for (int seats = found; ; seats -= Math.max(1, seats / 20)) {
      shares.clear();
      for (int run = 0; run < effort.runs(); run++) {
        shares.add(trial(stack, effort, seats));
      }
      if (seats <= 1 || BenchResult.Line.of("", "", shares).value() >= ON_TIME) {
        return Math.max(1, seats);
      }
    }
  }

  private double trial(LiveStack stack, Effort effort, int count)
      throws IOException, InterruptedException {
    LiveStack.Seen seen = stack.play(List.of(everyone(count)), RAMP, effort.window());
    lastTrial = seen;
    double share = seen.figures("live").onTime();
    progress.accept(
        "%s: %d sessions, %.2f %% on time".formatted(effort.pack(), count, 100 * share));
    return share;
  }

  /** Sessions open one by one in the ramp, half of which they miss on average. */
  private static double sessionSeconds(int seats, Effort effort) {
    return seats * (effort.window().plus(RAMP.dividedBy(2)).toMillis() / 1000.0);
  }

  /** Memory of this process that is in use, heap and native; 0 where the system does not tell. */
  private static long residentBytes() throws IOException {
    Path statm = Path.of("/proc/self/statm");
    return Files.exists(statm)
        ? PAGE_BYTES * Long.parseLong(Files.readString(statm).split(" ", -1)[1])
        : 0;
  }

  private static Group everyone(int count) {
    return Group.of("live", count, Habits.MONOLOGUE, RAMP);
  }
}
