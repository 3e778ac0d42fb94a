package io.avatarflow.jobs.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class MachineSpeedTest {
  @Test
  void tellsTheSpeedOfAThreadAndTheCoresThatAreGiven() throws Exception {
    List<BenchResult.Line> lines = MachineSpeed.measure();
    assertThat(lines)
        .extracting(BenchResult.Line::measure)
        .containsExactly("machine.thread_msteps", "machine.cores_given");
    assertThat(lines).allSatisfy(line -> assertThat(line.min()).isPositive());
    assertThat(lines).allSatisfy(line -> assertThat(line.runs()).isGreaterThan(1));
  }
}
