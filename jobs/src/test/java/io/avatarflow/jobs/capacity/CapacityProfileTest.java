package io.avatarflow.jobs.capacity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CapacityProfileTest {
  @TempDir private Path folder;
  private Path file;
  private final CapacityProfile profile = Profiles.withSeats(40);

  @BeforeEach
  void write() throws IOException {
    file = folder.resolve("capacity.json");
    profile.write(file);
  }

  @Test
  void whatIsWrittenIsRead() {
    assertThat(CapacityProfile.read(file)).isEqualTo(profile);
  }

  @Test
  void theModelledDeviceTakesItsTimes() {
    assertThat(profile.deviceProfile().stages().get(0).latency().millis(10)).isEqualTo(12);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"seats\" : 40 | \"seats\" : 0 | seats is 0, not 1 to 1000000",
        "\"onTime\" : 0.996 | \"onTime\" : 7 | onTime is 7.0",
        "\"rows\" : 1 | \"rows\" : 99 | takes 99 rows of batches of 16",
        "\"cores\" : 2 | \"cores\" : \"two\" | cannot be read",
        "\"cores\" : 2 | \"kernels\" : 2 | cannot be read",
        "\"name\" : \"capacity\" | \"name\" : \"latency\" | name is \"latency\", not capacity",
      })
  void aProfileThatMakesNoSenseIsRefusedWithOneLine(String piece, String other, String why)
      throws IOException {
    Files.writeString(file, Files.readString(file).replaceFirst(piece, other));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CapacityProfile.read(file))
        .withMessageContaining(why)
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
  }

  @Test
  void aProfileThatIsNotThereSaysHowToMakeOne() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CapacityProfile.read(folder.resolve("none.json")))
        .withMessageContaining("is not there; make one with avatarflow bench capacity");
  }

  @ParameterizedTest
  @CsvSource({
    "cd, cpu, amd64 avx2, 2, pack \"probe\" abababababab",
    "ab, cuda, amd64 avx2, 2, 'device cpu, the job runs on cuda'",
    "ab, cpu, aarch64 asimd, 2, 'kind \"amd64 avx2\", this one is \"aarch64 asimd\"'",
    "ab, cpu, amd64 avx2, 1, '2 cores, this process has 1'",
  })
  void aProfileOfAnotherPackOrMachineIsRefused(
      String digest, String device, String kind, int cores, String why) {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> profile.requireFits(file, "probe", digest.repeat(32), device, kind, cores))
        .withMessageContaining(why);
  }

  @Test
  void aMachineWithMoreCoresCarriesAtLeastAsMuch() {
    profile.requireFits(file, "probe", Profiles.DIGEST, "cpu", "amd64 avx2", 16);
  }
}
