package io.avatarflow.jobs.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.LongToDoubleFunction;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class SoakGrowthTest {
  private static final Duration HOUR = Duration.ofHours(1);

  /** An hour of samples, one each ten seconds. */
  private static List<SoakSample> samples(SoakGauge gauge, LongToDoubleFunction value) {
    return LongStream.rangeClosed(1, 360)
        .map(i -> 10 * i)
        .mapToObj(
            second ->
                new SoakSample(
                    second, SoakViewer.Seen.NOTHING, 0, Map.of(gauge, value.applyAsDouble(second))))
        .toList();
  }

  private static SoakGrowth heap(LongToDoubleFunction value) {
    return SoakGrowth.of(samples(SoakGauge.HEAP, value), HOUR).get(0);
  }

  @Test
  void whatSettlesInTheFirstTenMinutesIsNoGrowth() {
    SoakGrowth growth = heap(second -> second < 600 ? second / 10.0 : 60);
    assertThat(growth.growth()).isZero();
    assertThat(growth.fault()).isEmpty();
  }

  @Test
  void growthIsThatOfTheMediansOfTheWindows() {
    SoakGrowth growth = heap(second -> 50 + second / 60.0);
    // From the middle of minutes 10 to 20 to that of minutes 50 to 60.
    assertThat(growth.growth()).isEqualTo(40);
    assertThat(growth.fault()).hasValue("heap grew by 40.0 MiB, above 8");
  }

  @Test
  void aFewSamplesThatFallOnSomethingDoNotCount() {
    assertThat(heap(second -> second % 100 == 0 ? 400 : 50).growth()).isZero();
  }

  @Test
  void whatFallsIsNoFault() {
    assertThat(heap(second -> 400 - second / 60.0).fault()).isEmpty();
  }

  @Test
  void theSmallestObjectForEachPictureOfTwoDozenSessionsIsAFault() {
    assertThat(heap(second -> 50 + second * 24 * 25 * 24 / (double) (1 << 20)).fault()).isPresent();
  }

  @Test
  void aNumberInTheStateForEachPictureOfASessionThatStaysIsAFault() {
    List<SoakSample> samples = samples(SoakGauge.STATE, second -> second * 12 * 25 * 8 / 1024.0);
    assertThat(SoakGrowth.of(samples, HOUR).get(0).fault()).isPresent();
  }

  @Test
  void aThreadForEachSessionIsAFault() {
    List<SoakSample> samples = samples(SoakGauge.THREADS, second -> 60 + second * 12 / 40);
    assertThat(SoakGrowth.of(samples, HOUR).get(0).fault()).isPresent();
  }

  @Test
  void aGaugeThatIsNotReadHasNoGrowth() {
    assertThat(SoakGrowth.of(samples(SoakGauge.HEAP, second -> 1), HOUR))
        .extracting(SoakGrowth::gauge)
        .containsExactly(SoakGauge.HEAP);
    assertThat(SoakGrowth.of(List.of(), HOUR)).isEmpty();
  }

  @Test
  void figuresSayWhatTheyAreInWhichUnit() {
    assertThat(heap(second -> 50).lines())
        .extracting(BenchResult.Line::measure)
        .containsExactly("soak.heap_early_mib", "soak.heap_late_mib", "soak.heap_growth_mib");
    SoakGrowth threads = SoakGrowth.of(samples(SoakGauge.THREADS, second -> 9), HOUR).get(0);
    assertThat(threads.lines())
        .extracting(BenchResult.Line::measure)
        .containsExactly("soak.threads_early", "soak.threads_late", "soak.threads_growth");
  }
}
