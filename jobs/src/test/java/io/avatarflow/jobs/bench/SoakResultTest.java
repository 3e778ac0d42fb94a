package io.avatarflow.jobs.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.jobs.bench.SoakViewer.Seen;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SoakResultTest {
  private static final SoakLoad HOUR = SoakLoad.of("probe", 24, 60);
  private static final Seen WELL = new Seen(1000, 1000, 0, 7_000_000, 0, 0, 0, 45_000, 100, 99);
  private static final SoakLeftovers BEFORE = left(Map.of("io.avatarflow.A", 3L), 900);
  private static final SoakGrowth GROWTH =
      new SoakGrowth(SoakGauge.HEAP, List.of(50.0), List.of(90.0));

  private static SoakLeftovers left(Map<String, Long> objects, long stateBytes) {
    return new SoakLeftovers(Optional.of(objects), stateBytes);
  }

  private static SoakResult result(Seen seen, SoakLeftovers after) {
    return new SoakResult(HOUR, seen, 0, 0, 1.5, List.of(), BEFORE, after);
  }

  private static SoakResult grown(SoakLoad load) {
    return new SoakResult(load, WELL, 0, 0, 1.5, List.of(GROWTH), BEFORE, BEFORE);
  }

  @Test
  void aSoakWithoutAFaultIsWell() {
    assertThat(result(WELL, BEFORE).fault()).isEmpty();
  }

  @Test
  void everyFaultIsInTheSentence() {
    Seen seen = new Seen(1000, 998, 3, 7_000_000, 4, 5, 6, 45_000, 100, 99);
    SoakResult result = new SoakResult(HOUR, seen, 7, 2, 1.5, List.of(GROWTH), BEFORE, BEFORE);
    assertThat(result.fault())
        .hasValue(
            "The soak found faults: 4 frames were lost; 5 frames were on the topic again;"
                + " 7 input records were refused; 2 sessions never ended; 3 sessions were ended by the engine; sound and"
                + " pictures are 6 samples apart; heap grew by 40.0 MiB, above 8.");
  }

  @Test
  void growthOfAQuickRunMeansNothing() {
    assertThat(grown(HOUR).fault()).isPresent();
    assertThat(grown(SoakLoad.quick("probe", 24)).fault()).isEmpty();
  }

  @Test
  void oneEntryOfStateForEachSessionIsAFaultAndAFewBytesAreNot() {
    assertThat(result(WELL, left(Map.of(), 900 + 1000 * 16)).fault().orElseThrow())
        .contains("1000 closed sessions left 16000 bytes of state");
    assertThat(result(WELL, left(Map.of(), 910)).fault()).isEmpty();
  }

  @Test
  void oneObjectForEachSessionIsAFaultAndSomeOfAClassAreNot() {
    SoakLeftovers leak = left(Map.of("io.avatarflow.A", 1003L, "io.avatarflow.B", 4L), 900);
    assertThat(result(WELL, leak).fault().orElseThrow())
        .contains("1000 closed sessions left 1000 objects of io.avatarflow.A");
    assertThat(result(WELL, left(Map.of("io.avatarflow.A", 43L), 900)).fault()).isEmpty();
  }

  @Test
  void whatTheSoakItselfKeepsIsNone() {
    Map<String, Long> samples = Map.of(SoakSample.class.getName(), 1000L);
    assertThat(result(WELL, left(samples, 900)).fault()).isEmpty();
  }

  @Test
  void whereObjectsCannotBeCountedNothingIsSaidOfThem() {
    SoakResult result = result(WELL, new SoakLeftovers(Optional.empty(), 900));
    assertThat(result.fault()).isEmpty();
    assertThat(result.lines())
        .extracting(BenchResult.Line::measure)
        .contains("soak.left_state_bytes")
        .doesNotContain("soak.left_objects");
  }

  @Test
  void sessionsThatNeverEndedCountAsLost() {
    SoakResult result = new SoakResult(HOUR, WELL, 0, 2, 1.5, List.of(), BEFORE, BEFORE);
    assertThat(result.lines())
        .filteredOn(line -> line.measure().equals("soak.lost"))
        .extracting(BenchResult.Line::value)
        .containsExactly(2.0);
  }
}
