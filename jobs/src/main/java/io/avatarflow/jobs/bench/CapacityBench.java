package io.avatarflow.jobs.bench;

import io.avatarflow.jobs.bench.CapacitySearch.Held;
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
 * How many live sessions the embedded stack carries with 99.5 % of their blocks on time, and how
 * many of them are promised as seats, against the number that a plain loop carries.
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
   * @param reserve share of the sessions that were carried for which there are no seats
   */
  public record Effort(
      String pack, Duration window, boolean warm, int loopSeconds, int runs, double reserve) {
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
            .play(
                effort.pack(), progress, () -> stack.play(half, SeatTrials.RAMP, effort.window()));
        SeatTrials speech = trials(stack, effort, Habits.MONOLOGUE);
        int found = speech.largest((int) Math.round(before));
        Held carried = speech.carried(found, effort.runs(), () -> loops.run(measurements, prefix));
        Held certified = speech.certified(carried.sessions(), effort.reserve());
        int seats = certified.sessions();
        measurements.add(prefix + "carried", "sessions", carried.sessions());
        measurements.add(prefix + "reserve", "share", effort.reserve());
        measurements.add(prefix + "on_time", "share", certified.median());
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
                certified.median(),
                pack.manifest().canonicalStateBytes() + Ladder.heldBytes(pack.manifest()),
                Math.max(0, (residentBytes() - bytesBefore) / seats),
                speech.traffic().inputBytes(),
                speech.traffic().outputBytes(),
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

  private SeatTrials trials(LiveStack stack, Effort effort, Habits habits) {
    return new SeatTrials(stack, effort.pack(), habits, effort.window(), progress);
  }

  /**
   * Finds the seats for another traffic than was measured, with the same reserve, and compares with
   * what plans say.
   */
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
    SeatTrials talk = trials(stack, effort, Habits.TALKING);
    int start = (int) Math.round(forecast / (1 - effort.reserve()));
    int measured = SeatTrials.less(talk.largest(start), effort.reserve());
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

  /** Memory of this process that is in use, heap and native; 0 where the system does not tell. */
  private static long residentBytes() throws IOException {
    Path statm = Path.of("/proc/self/statm");
    return Files.exists(statm)
        ? PAGE_BYTES * Long.parseLong(Files.readString(statm).split(" ", -1)[1])
        : 0;
  }

  private static Group speakers(int count) {
    return Group.of("live", Math.max(1, count), Habits.MONOLOGUE, SeatTrials.RAMP);
  }
}
