package io.avatarflow.jobs.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a soak reads from the system and what it writes. */
class SoakFilesTest {
  @TempDir Path folder;

  @Test
  void everySampleIsALineAndWhatWasNotReadIsEmpty() throws Exception {
    Path file = SoakCsv.beside(folder.resolve("deep").resolve("soak.json"));
    SoakViewer.Seen seen = new SoakViewer.Seen(9, 5, 0, 700, 1, 2, 3, 40, 100, 99);
    try (SoakCsv csv = SoakCsv.create(file)) {
      csv.add(new SoakSample(10, seen, 4, Map.of(SoakGauge.HEAP, 51.25, SoakGauge.THREADS, 88.0)));
      assertThat(Files.readAllLines(file)).as("while it runs").hasSize(2);
    }
    assertThat(file).isEqualTo(folder.resolve("deep").resolve("soak.csv"));
    assertThat(Files.readAllLines(file))
        .containsExactly(
            "seconds,open,opened,frames,lost,duplicated,rejected,drift_samples,on_time,heap_mib,"
                + "direct_mib,native_mib,anonymous_mib,state_kib,threads,files",
            "10.0,4,9,700,1,2,4,3,0.99000,51.250,,,,,88.000,");
  }

  @Test
  void aFileOfAnotherNameKeepsIt() {
    assertThat(SoakCsv.beside(Path.of("a", "soak.run"))).isEqualTo(Path.of("a", "soak.run.csv"));
  }

  @Test
  void anonymousMemoryIsALineOfTheStatus() {
    assertThat(ProcessGauges.anonymousKib(List.of("VmRSS:\t 9 kB", "RssAnon:\t  393216 kB")))
        .hasValue(393_216);
    assertThat(ProcessGauges.anonymousKib(List.of("VmRSS:\t 9 kB"))).isEmpty();
  }

  @Test
  void theHeapIsReadWhenACollectionIsAskedFor() throws Exception {
    assertThat(ProcessGauges.read(true)).containsKeys(SoakGauge.HEAP, SoakGauge.THREADS);
    assertThat(ProcessGauges.read(false)).doesNotContainKey(SoakGauge.HEAP);
    assertThat(ProcessGauges.read(true).get(SoakGauge.HEAP)).isPositive();
  }

  @Test
  void aHistogramTellsTheEnginesObjects() {
    assertThat(
            LiveObjects.parse(
                """
                 num     #instances         #bytes  class name (module)
                -------------------------------------------------------
                   1:         65043        5123456  [B (java.base@17.0.1)
                   2:            42           1008  io.avatarflow.jobs.A
                   3:             7            224  [Lio.avatarflow.jobs.A;
                   4:             2             64  io.avatarflow.jobs.A
                Total         65094        5124752
                """))
        .isEqualTo(Map.of("io.avatarflow.jobs.A", 44L, "[Lio.avatarflow.jobs.A;", 7L));
  }

  @Test
  void objectsThatAreReachableAreCounted() {
    List<SoakSample> kept =
        List.of(
            new SoakSample(1, SoakViewer.Seen.NOTHING, 0, Map.of()),
            new SoakSample(2, SoakViewer.Seen.NOTHING, 0, Map.of()));
    assertThat(LiveObjects.count().orElseThrow())
        .hasEntrySatisfying(
            SoakSample.class.getName(),
            count -> assertThat(count).isGreaterThanOrEqualTo(kept.size()));
  }
}
