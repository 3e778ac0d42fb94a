package io.avatarflow.jobs.plan;

import io.avatarflow.jobs.bench.BenchResult;
import io.avatarflow.jobs.capacity.CapacityProfile;
import io.avatarflow.operators.modelled.Disciplines;
import io.avatarflow.operators.modelled.ModelledDevice;
import io.avatarflow.operators.modelled.SeatSearch;
import io.avatarflow.operators.modelled.TrafficModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Computes what a cluster needs for some traffic from what one process was measured to carry.
 *
 * <p>Seats: for sessions that arrive at random, the fewest at which no larger share than {@code
 * refused} finds all taken (Erlang's loss formula: A. K. Erlang, Solution of some problems in the
 * theory of probabilities of significance in automatic telephone exchanges, 1917). Seats of a
 * process: the modelled device finds how many sessions of this traffic run on time, and is scaled
 * by what the same search says for the measured case against what was measured. Processes: seats
 * over seats of a process, less what placement leaves empty, and spare ones.
 */
public final class CapacityPlan {
  /** Share of all seats that the placement library fills before somebody is refused. */
  static final double FILL = 0.97;

  /** Key groups of a cell, and most processes of one. */
  static final int KEY_GROUPS = 60;

  static final int MOST_DEVICES_OF_A_CELL = 8;
  private static final long PROCESS_BYTES = 768L << 20;
  private static final Duration TRIAL = Duration.ofSeconds(60);
  private static final long SEED = 1;

  private final CapacityProfile profile;
  private final Goal goal;
  private final double calibration;

  /**
   * What is promised.
   *
   * @param onTime share of the frames that is on time, for example 0.995
   * @param refused share of the sessions that may be refused at the peak, for example 0.01
   * @param spare processes of each cell beyond those that the load needs
   */
  public record Goal(double onTime, double refused, int spare) {
    public Goal {
      if (!(onTime > 0.5 && onTime < 1)) {
        throw new IllegalArgumentException(
            "An on-time rate of %s cannot be planned for; give a share above 0.5 and below 1."
                .formatted(onTime));
      }
      if (!(refused > 0 && refused < 1)) {
        throw new IllegalArgumentException(
            "A refused share of %s cannot be planned for; give more than 0 and less than 1."
                .formatted(refused));
      }
      if (spare < 0 || spare > 100) {
        throw new IllegalArgumentException(
            "%d spare processes are not possible; give 0 to 100.".formatted(spare));
      }
    }
  }

  /**
   * What is needed.
   *
   * @param offered live sessions at the peak on average
   * @param seats seats in all
   * @param seatsOfProcess seats of each process for this traffic
   * @param processes task managers, spare ones included
   * @param cells jobs that they form
   * @param parallelism of each cell's job
   * @param partitions of each of its topics
   * @param gpus GPUs in all, 0 on CPUs
   * @param bytesOfProcess memory of a task manager
   * @param inputBytesPerSecond onto the input topics at the peak
   * @param outputBytesPerSecond onto the frames topics at the peak
   * @param onTime share of the frames on time with every seat of a process taken
   */
  public record Needs(
      double offered,
      int seats,
      int seatsOfProcess,
      int processes,
      int cells,
      int parallelism,
      int partitions,
      int gpus,
      long bytesOfProcess,
      double inputBytesPerSecond,
      double outputBytesPerSecond,
      double onTime) {}

  /** A variation of the plan. */
  public record WhatIf(String what, Needs needs) {}

  /**
   * Prepares plans from a profile.
   *
   * @throws IllegalArgumentException if the modelled device carries nobody with this profile
   */
  public CapacityPlan(CapacityProfile profile, Goal goal) {
    this.profile = profile;
    this.goal = goal;
    int modelled = modelledSeats(1, profile.onTime());
    if (modelled == 0) {
      throw new IllegalArgumentException(
          "The profile's device times carry no session at %s on time, yet it certifies %d seats; measure again with avatarflow bench capacity."
              .formatted(profile.onTime(), profile.seats()));
    }
    this.calibration = (double) profile.seats() / modelled;
  }

  /** Seats that were measured against those that the modelled device finds for the same case. */
  public double calibration() {
    return calibration;
  }

  private int modelledSeats(double speechShare, double onTime) {
    double reachable = Math.min(onTime, 0.9999);
    return new SeatSearch(profile.deviceProfile(), model(1, speechShare), reachable, TRIAL)
        .seats(Disciplines.engine(), SEED);
  }

  private TrafficModel model(int sessions, double speechShare) {
    return TrafficModel.speaking(sessions)
        .withSpeechShare(speechShare)
        .withBlocks(
            Duration.ofMillis(profile.blockMillis()), Duration.ofMillis(profile.budgetMillis()));
  }

  /** Seats of a process for traffic that speaks that share of its time. */
  public int seatsOfProcess(double speechShare) {
    return Math.max(1, (int) (calibration * modelledSeats(speechShare, goal.onTime())));
  }

  /** What some traffic needs. */
  public Needs needs(Traffic traffic) {
    int seats =
        traffic.swings()
            ? seatsFor(traffic.offered(), goal.refused())
            : (int) Math.ceil(traffic.offered());
    return needs(traffic, seats, seatsOfProcess(traffic.speechShare()));
  }

  private Needs needs(Traffic traffic, int seats, int seatsOfProcess) {
    int busy = (int) Math.ceil(seats / (seatsOfProcess * FILL));
    int cells = (busy + MOST_DEVICES_OF_A_CELL - 1) / MOST_DEVICES_OF_A_CELL;
    int parallelism = (busy + cells - 1) / cells;
    int processes = cells * (parallelism + goal.spare());
    int sessions = Math.max(1, (int) Math.round(seatsOfProcess / calibration));
    double onTime =
        ModelledDevice.run(
                profile.deviceProfile(),
                model(sessions, traffic.speechShare()),
                Disciplines.engine(),
                SEED + 1,
                TRIAL)
            .onTime();
    return new Needs(
        traffic.offered(),
        seats,
        seatsOfProcess,
        processes,
        cells,
        parallelism,
        partitionsFor(parallelism),
        profile.device().equals("cpu") ? 0 : processes,
        PROCESS_BYTES + seatsOfProcess * profile.heapBytes(),
        traffic.offered() * traffic.speechShare() * profile.inputBytesPerSecond(),
        traffic.offered() * profile.outputBytesPerSecond(),
        onTime);
  }

  /** The fewest partitions that divide the key groups and give every subtask one at least. */
  static int partitionsFor(int parallelism) {
    int partitions = parallelism;
    while (KEY_GROUPS % partitions != 0) {
      partitions++;
    }
    return partitions;
  }

  /** The fewest seats at which an offered load loses no larger share than {@code refused}. */
  static int seatsFor(double offered, double refused) {
    double loss = 1;
    int seats = 0;
    while (loss > refused) {
      seats++;
      loss = offered * loss / (seats + offered * loss);
    }
    return seats;
  }

  /** The plan under other conditions. */
  public List<WhatIf> whatIf(Traffic traffic) {
    List<WhatIf> rows = new ArrayList<>();
    for (int percent : new int[] {50, 150, 200}) {
      rows.add(new WhatIf(percent + " % of the traffic", needs(scaled(traffic, percent / 100.0))));
    }
    for (double share : new double[] {0.2, 0.5, 1}) {
      if (share != traffic.speechShare()) {
        rows.add(
            new WhatIf(
                "sessions speak %d %% of the time".formatted(Math.round(share * 100)),
                needs(speaking(traffic, share))));
      }
    }
    for (double onTime : new double[] {0.99, 0.999}) {
      CapacityPlan other =
          new CapacityPlan(profile, new Goal(onTime, goal.refused(), goal.spare()));
      rows.add(new WhatIf("%s of the frames on time".formatted(onTime), other.needs(traffic)));
    }
    return rows;
  }

  private static Traffic scaled(Traffic t, double factor) {
    return new Traffic(
        t.sessions() == null ? null : (int) Math.ceil(t.sessions() * factor),
        t.arrivalsPerHour() == null ? null : t.arrivalsPerHour() * factor,
        t.length(),
        t.speechShare(),
        t.utteranceSeconds(),
        t.tenants());
  }

  private static Traffic speaking(Traffic t, double share) {
    return new Traffic(
        t.sessions(), t.arrivalsPerHour(), t.length(), share, t.utteranceSeconds(), t.tenants());
  }

  /** The plan as measures. */
  public static List<BenchResult.Line> lines(String prefix, Needs needs) {
    return List.of(
        line(prefix + "offered_sessions", needs.offered(), "sessions"),
        line(prefix + "seats", needs.seats(), "seats"),
        line(prefix + "seats_of_process", needs.seatsOfProcess(), "seats"),
        line(prefix + "processes", needs.processes(), "count"),
        line(prefix + "cells", needs.cells(), "count"),
        line(prefix + "parallelism", needs.parallelism(), "count"),
        line(prefix + "partitions", needs.partitions(), "count"),
        line(prefix + "gpus", needs.gpus(), "count"),
        line(prefix + "process_memory", needs.bytesOfProcess() / (double) (1 << 20), "MiB"),
        line(prefix + "input_bandwidth", needs.inputBytesPerSecond() * 8 / 1e6, "Mbit/s"),
        line(prefix + "output_bandwidth", needs.outputBytesPerSecond() * 8 / 1e6, "Mbit/s"),
        line(prefix + "on_time", needs.onTime() * 100, "%"));
  }

  private static BenchResult.Line line(String measure, double value, String unit) {
    return BenchResult.Line.of(measure, unit, List.of(value));
  }
}
