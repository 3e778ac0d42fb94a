package io.avatarflow.operators.modelled;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ModelledDeviceTest {
  private static final LatencyCurve GPU = LatencyCurve.affine(9, 1.15);
  private static final DeviceProfile TWO_STEPS = DeviceProfile.of("gpu", 2, 16, GPU);
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private static ModelledRun run(DeviceProfile profile, TrafficModel traffic, Discipline how) {
    return ModelledDevice.run(profile, traffic, how, 1, MINUTE);
  }

  @Test
  void sessionThatIsAloneTakesItsStepsAndNothingElse() {
    ModelledRun run = run(TWO_STEPS, TrafficModel.speaking(1), Disciplines.engine());
    assertThat(run.p50Millis()).isCloseTo(20.3, within(0.05));
    assertThat(run.meanRows()).isEqualTo(1);
    assertThat(run.blocks()).isBetween(745L, 750L);
    assertThat(run.utilisation()).isCloseTo(20.3 / 80, within(0.01));
    assertThat(run.onTime()).isEqualTo(1);
  }

  @Test
  void equalSeedsGiveEqualRunsAndOthersDoNot() {
    TrafficModel traffic = TrafficModel.speaking(18).withSpeechShare(0.5);
    assertThat(ModelledDevice.run(TWO_STEPS, traffic, Disciplines.engine(), 5, MINUTE))
        .isEqualTo(ModelledDevice.run(TWO_STEPS, traffic, Disciplines.engine(), 5, MINUTE))
        .isNotEqualTo(ModelledDevice.run(TWO_STEPS, traffic, Disciplines.engine(), 6, MINUTE));
  }

  @Test
  void timeInSlicesGivesTheSameRun() {
    TrafficModel traffic = TrafficModel.speaking(10).withSessionLength(Duration.ofSeconds(5));
    ModelledDevice device = new ModelledDevice(TWO_STEPS, traffic, Disciplines.engine(), 3);
    for (int i = 1; i <= 600; i++) {
      device.advanceTo(Duration.ofMillis(100L * i));
    }
    assertThat(device.result())
        .isEqualTo(ModelledDevice.run(TWO_STEPS, traffic, Disciplines.engine(), 3, MINUTE));
  }

  @Test
  void overloadIsLateAndSkippedButNeverPilesUp() {
    ModelledRun run = run(TWO_STEPS, TrafficModel.speaking(100), Disciplines.engine());
    assertThat(run.onTime()).isLessThan(0.1);
    assertThat(run.skipped()).isPositive();
    assertThat(run.utilisation()).isGreaterThan(0.99);
    assertThat(run.peakQueue()).isLessThanOrEqualTo(100 * 12);
  }

  @Property(tries = 25)
  void noBlockIsForgotten(
      @ForAll @IntRange(min = 1, max = 60) int sessions,
      @ForAll @DoubleRange(min = 0, max = 1) double share,
      @ForAll @IntRange(min = 0, max = 4) int how) {
    DeviceProfile profile =
        new DeviceProfile(
            "gpu",
            List.of(
                new StageProfile("motion", 1, 1, 1, 8, LatencyCurve.flat(0.3)),
                new StageProfile("denoise", 2, 0, 2, 8, GPU)));
    TrafficModel traffic = TrafficModel.speaking(sessions).withSpeechShare(share);
    Duration window = Duration.ofMillis(5);
    Discipline discipline =
        List.of(
                Disciplines.engine(),
                Disciplines.fifoBySteps(),
                Disciplines.fifoByBlocks(),
                Disciplines.windowByBlocks(window),
                Disciplines.windowBySteps(window))
            .get(how);
    ModelledRun run = run(profile, traffic, discipline);
    long due = sessions * 750L;
    long unfinished = (long) sessions * 12;
    assertThat(run.blocks()).isBetween(due - sessions * 3L - unfinished, due);
    assertThat(run.late()).isBetween(run.skipped(), run.blocks());
    assertThat(run.meanRows()).isLessThanOrEqualTo(8);
  }

  @Test
  void silenceThatAsksNothingLeavesTheDeviceIdle() {
    DeviceProfile profile =
        new DeviceProfile("gpu", List.of(new StageProfile("denoise", 2, 0, 1, 16, GPU)));
    ModelledRun run =
        run(profile, TrafficModel.speaking(50).withSpeechShare(0), Disciplines.engine());
    assertThat(run.utilisation()).isZero();
    assertThat(run.onTime()).isEqualTo(1);
    assertThat(run.blocks()).isPositive();
  }

  @Test
  void speechShareIsTheShareOfBlocksThatAskForSpeech() {
    DeviceProfile profile =
        new DeviceProfile("gpu", List.of(new StageProfile("d", 1, 0, 1, 1, LatencyCurve.flat(1))));
    TrafficModel traffic = TrafficModel.speaking(10).withSpeechShare(0.6);
    ModelledRun run =
        ModelledDevice.run(profile, traffic, Disciplines.engine(), 1, Duration.ofMinutes(20));
    assertThat(run.utilisation()).isCloseTo(0.6 * 10 / 80, within(0.005));
  }

  @Test
  void sessionsThatEndAreReplaced() {
    TrafficModel traffic = TrafficModel.speaking(5).withSessionLength(Duration.ofSeconds(1));
    assertThat(run(TWO_STEPS, traffic, Disciplines.engine()).blocks()).isBetween(3300L, 3750L);
  }

  @Test
  void windowDelaysALonelySession() {
    Duration window = Duration.ofMillis(10);
    ModelledRun whole =
        run(TWO_STEPS, TrafficModel.speaking(1), Disciplines.windowByBlocks(window));
    ModelledRun steps = run(TWO_STEPS, TrafficModel.speaking(1), Disciplines.windowBySteps(window));
    assertThat(whole.p50Millis()).isCloseTo(30.3, within(0.05));
    assertThat(steps.p50Millis()).isCloseTo(40.3, within(0.05));
  }

  @Test
  void engineCarriesMoreThanTheOthersOnADeviceThatShares() {
    SeatSearch search = new SeatSearch(TWO_STEPS, TrafficModel.speaking(1), 0.995, MINUTE);
    int seats = search.seats(Disciplines.engine(), 1);
    assertThat(seats).isGreaterThanOrEqualTo(2 * search.seats(Disciplines.fifoByBlocks(), 1));
    assertThat(seats).isGreaterThan(search.seats(Disciplines.windowByBlocks(Duration.ZERO), 1));
    assertThat(search.seats(Disciplines.fifoByBlocks(), 1)).isEqualTo(3);
  }

  @Test
  void deviceThatIsTooSlowForOneSessionHasNoSeat() {
    DeviceProfile slow = DeviceProfile.of("slow", 2, 16, LatencyCurve.flat(50));
    assertThat(
            new SeatSearch(slow, TrafficModel.speaking(1), 0.995, MINUTE)
                .seats(Disciplines.engine(), 1))
        .isZero();
  }

  @Test
  void nonsenseIsRefusedWithTheValue() {
    assertThatThrownBy(() -> TrafficModel.speaking(-1)).hasMessageContaining("-1 sessions");
    assertThatThrownBy(() -> TrafficModel.speaking(1).withSpeechShare(1.5))
        .hasMessageContaining("1.5");
    assertThatThrownBy(() -> TrafficModel.speaking(1).withBlocks(Duration.ZERO, MINUTE))
        .hasMessageContaining("PT0S");
    assertThatThrownBy(() -> new DeviceProfile("x", List.of())).hasMessageContaining("0 stages");
    assertThatThrownBy(() -> StageProfile.of("s", -1, 4, GPU)).hasMessageContaining("-1 steps");
    assertThatThrownBy(() -> new StageProfile("s", 1, 1, 3, 2, GPU))
        .hasMessageContaining("3 rows of batches of 2");
  }
}
