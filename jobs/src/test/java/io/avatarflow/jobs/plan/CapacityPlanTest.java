package io.avatarflow.jobs.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.avatarflow.jobs.capacity.CapacityProfile;
import io.avatarflow.jobs.capacity.Profiles;
import io.avatarflow.jobs.plan.CapacityPlan.Goal;
import io.avatarflow.jobs.plan.CapacityPlan.Needs;
import io.avatarflow.operators.modelled.Disciplines;
import io.avatarflow.operators.modelled.ModelledDevice;
import io.avatarflow.operators.modelled.TrafficModel;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class CapacityPlanTest {
  private static final Goal GOAL = new Goal(0.995, 0.01, 1);

  private final CapacityProfile profile = Profiles.withSeats(40);
  private final CapacityPlan plan = new CapacityPlan(profile, GOAL);

  @Test
  void seatsFollowErlangsLossFormula() {
    // Tables of the formula: 10 erlang on 18 lines lose 0.7 %, on 17 lines 1.3 %.
    assertThat(CapacityPlan.seatsFor(10, 0.0073)).isEqualTo(18);
    assertThat(CapacityPlan.seatsFor(10, 0.0069)).isEqualTo(19);
    assertThat(CapacityPlan.seatsFor(10, 0.0131)).isEqualTo(17);
    assertThat(CapacityPlan.seatsFor(10, 0.0127)).isEqualTo(18);
  }

  @Test
  void theMeasuredCaseIsPlannedAsMeasured() {
    Needs needs = plan.needs(Traffic.of(40, 1));
    assertThat(needs.seatsOfProcess()).isBetween(38, 41);
    assertThat(needs.seats()).isEqualTo(40);
    assertThat(needs.processes()).isEqualTo(needs.cells() * (needs.parallelism() + 1));
  }

  @Test
  void theForecastIsWhatTheModelledDeviceDoes() {
    CapacityPlan honest = new CapacityPlan(Profiles.withSeats(seatsModelled()), GOAL);
    int seats = honest.seatsOfProcess(1);
    TrafficModel traffic =
        TrafficModel.speaking(seats)
            .withBlocks(Duration.ofMillis(80), Duration.ofMillis(profile.budgetMillis()));
    double onTime =
        ModelledDevice.run(
                profile.deviceProfile(), traffic, Disciplines.engine(), 99, Duration.ofMinutes(2))
            .onTime();
    assertThat(honest.needs(Traffic.of(seats, 1)).onTime()).isCloseTo(onTime, within(0.01));
    assertThat(onTime).isGreaterThan(0.985);
    double beyond =
        ModelledDevice.run(
                profile.deviceProfile(),
                traffic.of(seats + seats / 4),
                Disciplines.engine(),
                99,
                Duration.ofMinutes(2))
            .onTime();
    assertThat(beyond).isLessThan(onTime);
  }

  private int seatsModelled() {
    return (int) Math.round(profile.seats() / plan.calibration());
  }

  @Test
  void moreTrafficNeedsMoreAndPartitionsDivideTheKeyGroups() {
    int processes = 0;
    for (int sessions : new int[] {10, 100, 1000, 10_000}) {
      Needs needs = plan.needs(Traffic.of(sessions, 1));
      assertThat(needs.processes()).isGreaterThan(processes);
      assertThat(needs.parallelism()).isLessThanOrEqualTo(CapacityPlan.MOST_DEVICES_OF_A_CELL);
      assertThat(needs.partitions()).isGreaterThanOrEqualTo(needs.parallelism());
      assertThat(CapacityPlan.KEY_GROUPS % needs.partitions()).isZero();
      int carried = needs.cells() * needs.parallelism() * needs.seatsOfProcess();
      assertThat(carried * CapacityPlan.FILL).isGreaterThanOrEqualTo(sessions);
      processes = needs.processes();
    }
  }

  @Test
  void whatIfVariesTrafficSpeechAndPromise() {
    assertThat(plan.whatIf(Traffic.of(100, 1)))
        .extracting(CapacityPlan.WhatIf::what)
        .contains(
            "200 % of the traffic",
            "sessions speak 50 % of the time", "0.999 of the frames on time");
  }

  @Test
  void promisesThatNobodyCanKeepAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Goal(1, 0.01, 1))
        .withMessageContaining("on-time rate of 1.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Goal(0.99, 0, 1))
        .withMessageContaining("refused share of 0.0");
  }
}
