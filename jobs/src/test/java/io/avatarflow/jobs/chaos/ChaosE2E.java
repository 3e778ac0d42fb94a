package io.avatarflow.jobs.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The chaos script as users run it, with real processes, at a small size. */
class ChaosE2E {
  private static final Path HOME = Path.of("..").toAbsolutePath().normalize();

  @TempDir Path folder;

  @Test
  void aKilledTaskManagerLosesAndRepeatsNothingAndStallsItsOwnSessionsAlone() throws Exception {
    Map<String, Double> measures = chaos("--sessions", "3", "--warm-up", "5", "kill");

    assertThat(measures)
        .containsEntry("kill.lost", 0.0)
        .containsEntry("kill.duplicated", 0.0)
        .containsEntry("kill.pixel_mismatches", 0.0)
        .containsEntry("kill.rejected", 0.0)
        .containsKeys("kill.own_gap_p95_s", "kill.others_gap_s");
  }

  @Test
  void sessionsGoOnFromASavepointOfABuildWhoseProcessesHaveEnded() throws Exception {
    Map<String, Double> measures =
        chaos("--sessions", "3", "--warm-up", "5", "--previous", HOME.toString(), "upgrade");

    assertThat(measures)
        .containsEntry("upgrade.lost", 0.0)
        .containsEntry("upgrade.duplicated", 0.0)
        .containsEntry("upgrade.pixel_mismatches", 0.0);
  }

  private Map<String, Double> chaos(String... arguments) throws Exception {
    Path out = folder.resolve("chaos");
    ProcessBuilder builder =
        new ProcessBuilder(
            "bash", HOME.resolve("docker/chaos.sh").toString(), "--out", out.toString());
    builder.command().addAll(List.of(arguments));
    builder.environment().put("AVATARFLOW", launcher().toString());
    File log = folder.resolve("chaos.log").toFile();
    Process process = builder.redirectErrorStream(true).redirectOutput(log).start();
    boolean ended = process.waitFor(8, TimeUnit.MINUTES);
    process.destroy();
    String text = Files.readString(log.toPath(), StandardCharsets.UTF_8);
    assertThat(ended).as(text).isTrue();
    assertThat(process.exitValue()).as(text).isZero();

    Map<String, Double> measures = new HashMap<>();
    for (JsonNode table : new ObjectMapper().readTree(out.resolve("all.json").toFile())) {
      for (JsonNode line : table.path("results")) {
        measures.put(line.path("measure").asText(), line.path("value").asDouble());
      }
    }
    return measures;
  }

  /** The command line as this build has it; the launcher of the repository would build again. */
  private Path launcher() throws Exception {
    Path launcher = folder.resolve("avatarflow");
    Files.writeString(
        launcher,
        """
        #!/usr/bin/env bash
        exec "%s/bin/java" -Xmx768m -Xmn384m -XX:+UseSerialGC -Djava.awt.headless=true \\
          -Dorg.bytedeco.javacpp.maxPhysicalBytes=0 -Djava.io.tmpdir="%s" \\
          -cp "%s/jobs/target/lib/*" io.avatarflow.jobs.cli.AvatarFlow "$@"
        """
            .formatted(System.getProperty("java.home"), folder, HOME));
    return Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwx------"));
  }
}
