package io.avatarflow.jobs.bench;

import io.avatarflow.jobs.bench.LiveSpeaker.Habits;
import io.avatarflow.jobs.bench.LiveStack.Group;
import io.avatarflow.jobs.capacity.CapacityProfile;
import io.avatarflow.jobs.graph.GraphSettings;
import io.avatarflow.jobs.plan.CapacityPlan;
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
  static final double ON_TIME = CapacitySearch.ON_TIME;

  private static final int CORES = Runtime.getRuntime().availableProcessors();
  private static final int CHUNK_SAMPLES = BundledSpeech.RATE / 25;
  private static final int DEVICE_WORKERS = 1;
  private static final int MOST_ROUNDS = 15;
  private static final int CURVE_RUNS = 30;
  private static final long PAGE_BYTES = 4096;

  /** What the forecast is checked with: {@link Habits#TALKING} speaks five seconds of six. */
  private static final double TALKING_SHARE = 5 / 6.0;

  private static final double REFUSED = 0.01;
  private static final Duration RAMP = Duration.ofSeconds(3);
  private static final List<String> JOB =
      List.of(
          "--idle-timeout",
          "0 s",
          "--cpu-pool.threads",
          Integer.toString(CORES),
          "--device.workers",
          Integer.toString(DEVICE_WORKERS),
          // Seats are of full quality: with the ladder, more sessions are carried with less each.
          "--ladder",
          "false");

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
   * @param warm whether the engine is made warm first, not only started
   * @param loopSeconds of speech that each session of the plain loop plays
   * @param runs of the plain loop, and of the trial at the number that was found
   */
  public record Effort(String pack, Duration window, boolean warm, int loopSeconds, int runs) {
    WarmUp warmUp() {
      return WarmUp.of(warm, 1, MOST_ROUNDS);
    }
  }

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
    Measurements measurements = new Measurements();
    try (ModelPack pack = ModelPack.load(effort.pack())) {
      int fps = pack.manifest().clock().fps();
      List<String> job = new ArrayList<>(JOB);
      try (LiveStack stack = LiveStack.start(pack, effort.pack(), job, LoadClients.GATHERING)) {
        long bytesBefore = residentBytes();
        Loops loops = new Loops(pack, effort);
        loops.run(new Measurements(), prefix);
        loops.run(measurements, prefix);
        double before = measurements.lines().get(0).value() / fps;
        List<Group> half = List.of(speakers((int) (before / 2)));
        effort
            .warmUp()
            .play(effort.pack(), progress, () -> stack.play(half, RAMP, effort.window()));
        Trials speech = new Trials(stack, effort, Habits.MONOLOGUE);
        int found = CapacitySearch.largest(speech::run, (int) Math.max(1, Math.round(before)));
        List<Double> shares = new ArrayList<>();
        int seats = confirm(speech, found, shares, () -> loops.run(measurements, prefix));
        for (double share : shares) {
          measurements.add(prefix + "on_time", "share", share);
        }
        double loopSeats = measurements.lines().get(0).value() / fps;
        double allSeats = measurements.lines().get(1).value() / fps;
        measurements.add(prefix + "seats", "sessions", seats);
        measurements.add(prefix + "loop_seats", "sessions", Math.floor(loopSeats));
        measurements.add(
            prefix + "seat_ratio", "ratio", seats / Math.max(1, Math.floor(loopSeats)));
        measurements.add(prefix + "all_cores_seats", "sessions", Math.floor(allSeats));
        measurements.add(
            prefix + "all_cores_ratio", "ratio", seats / Math.max(1, Math.floor(allSeats)));
        progress.accept("%s: profile".formatted(effort.pack()));
        CapacityProfile profile =
            new CapacityProfile(
                CapacityProfile.NAME,
                BenchResult.thisMachine(),
                versions,
                measurements.lines(),
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
                Math.max(0, (residentBytes() - bytesBefore) / seats),
                (long) (lastTrial.inputBytes() / sessionSeconds(seats, effort)),
                (long) (lastTrial.outputBytes() / sessionSeconds(seats, effort)),
                (int) PacingOptions.ASAP.budget().toMillis(),
                PackCurve.measure(pack, List.of(1, 2, 4, 8, 16), CURVE_RUNS).profile().stages());
        Measurements forecast = new Measurements();
        forecast(stack, effort, profile, prefix, forecast);
        List<BenchResult.Line> lines = new ArrayList<>(measurements.lines());
        lines.addAll(forecast.lines());
        return new Found(lines, profile);
      }
    }
  }

  /** Finds the seats for another traffic than was measured, and compares with what plans say. */
  private void forecast(
      LiveStack stack,
      Effort effort,
      CapacityProfile profile,
      String prefix,
      Measurements measurements)
      throws IOException, InterruptedException {
    progress.accept("%s: forecast".formatted(effort.pack()));
    CapacityPlan.Goal goal = new CapacityPlan.Goal(ON_TIME, REFUSED, 0);
    int forecast;
    try {
      forecast = new CapacityPlan(profile, goal).seatsOfProcess(TALKING_SHARE);
    } catch (IllegalArgumentException e) {
      progress.accept("%s: no forecast: %s".formatted(effort.pack(), e.getMessage()));
      return;
    }
    int measured = CapacitySearch.largest(new Trials(stack, effort, Habits.TALKING)::run, forecast);
    String id = prefix.replace("capacity.", "plan.");
    measurements.add(id + "forecast_seats", "sessions", forecast);
    measurements.add(id + "measured_seats", "sessions", measured);
    measurements.add(id + "forecast_error", "ratio", (double) forecast / measured - 1);
  }

  /** The plain loops that the stack is compared with. */
  private final class Loops {
    private final Effort effort;
    private final BenchSessions sessions;
    private final GraphSettings settings;
    private int runs;

    private Loops(ModelPack pack, Effort effort) throws IOException {
      this.effort = effort;
      this.sessions = new BenchSessions(pack, BundledSpeech.load());
      List<String> arguments = new ArrayList<>(List.of("--pack", effort.pack()));
      arguments.addAll(JOB);
      this.settings = OverheadBench.settings(arguments);
    }

    private void run(Measurements measurements, String prefix)
        throws IOException, InterruptedException {
      progress.accept("%s: plain loop".formatted(effort.pack()));
      measurements.add(prefix + "loop_fps", "frames/s", framesPerSecond(1));
      measurements.add(prefix + "all_cores_fps", "frames/s", framesPerSecond(CORES));
    }

    private double framesPerSecond(int loops) throws IOException, InterruptedException {
      String run = "loop" + runs++;
      return LoopThroughput.framesPerSecond(
          settings, sessions.recorded(run, 8 * loops, effort.loopSeconds(), CHUNK_SAMPLES), loops);
    }
  }

  /** Trials of the stack under some kind of speech. */
  private final class Trials {
    private final LiveStack stack;
    private final Effort effort;
    private final Habits habits;

    private Trials(LiveStack stack, Effort effort, Habits habits) {
      this.stack = stack;
      this.effort = effort;
      this.habits = habits;
    }

    /** Share of the blocks on time with so many sessions. */
    private double run(int count) throws IOException, InterruptedException {
      LiveStack.Seen seen =
          stack.play(List.of(Group.of("live", count, habits, RAMP)), RAMP, effort.window());
      lastTrial = seen;
      double share = seen.figures("live").onTime();
      progress.accept(
          "%s: %d sessions, %.2f %% on time".formatted(effort.pack(), count, 100 * share));
      return share;
    }
  }

  /** Measures something beside each trial, so that both see the same machine. */
  private interface Beside {
    void run() throws IOException, InterruptedException;
  }

  /**
   * Repeats the trial at the number that was found, and below it while the median does not pass.
   */
  private static int confirm(Trials trials, int found, List<Double> shares, Beside beside)
      throws IOException, InterruptedException {
    for (int seats = found; ; seats -= Math.max(1, seats / 20)) {
      shares.clear();
      for (int run = 0; run < trials.effort.runs(); run++) {
        beside.run();
        shares.add(trials.run(seats));
      }
      if (seats <= 1 || BenchResult.Line.of("", "", shares).value() >= ON_TIME) {
        return Math.max(1, seats);
      }
    }
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

  private static Group speakers(int count) {
    return Group.of("live", Math.max(1, count), Habits.MONOLOGUE, RAMP);
  }
}
