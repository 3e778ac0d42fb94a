package io.avatarflow.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.jobs.local.EmbeddedStack;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Speaking into a running cell, and copying from it what was said. */
class SpeakCommandITCase {
  @TempDir Path folder;

  @Test
  void whoFindsASeatIsPlayedAndWhoDoesNotIsTold() throws Exception {
    try (EmbeddedStack cell = cell("--seats", "1")) {
      String spoken = run(1, "speak", "--bootstrap", cell.bootstrap(), "--sessions", "2");
      assertThat(spoken.lines().filter(line -> line.endsWith(" ms, closed"))).hasSize(1);
      assertThat(spoken.lines().filter(line -> line.contains("no frame, refused (no-seat): ")))
          .hasSize(1);
    }
  }

  @Test
  void whatWasSpokenCanBeExportedAndMadeAgain() throws Exception {
    String calls = folder.resolve("calls").toString();
    try (EmbeddedStack cell = cell()) {
      assertThat(run(0, "speak", "--bootstrap", cell.bootstrap(), "--session", "acme/one"))
          .startsWith("acme/one: ");
      assertThat(run(0, "export", "--bootstrap", cell.bootstrap(), "--out", calls))
          .startsWith("1 sessions");
    }
    assertThat(
            run(0, "replay", "--dir", calls, "--out", calls + "-again", "--as-lived", "--verify"))
        .contains("100.00 % of the recorded pictures are equal");
  }

  @Test
  void aCellThatIsNotThereIsOneLine() {
    assertThat(AvatarFlow.run("speak")).isEqualTo(2);
    assertThat(AvatarFlow.run("speak", "--bootstrap", "127.0.0.1:1", "--sessions", "0"))
        .isEqualTo(2);
    assertThat(
            AvatarFlow.run(
                "speak",
                "--bootstrap",
                "127.0.0.1:1",
                "--pack",
                "probe",
                "--kafka",
                "max.block.ms=500"))
        .isEqualTo(1);
  }

  private static EmbeddedStack cell(String... options) throws IOException {
    List<String> all =
        new java.util.ArrayList<>(
            List.of("--pack", "probe", "--pacing", "realtime", "--start-from", "earliest"));
    all.addAll(List.of(options));
    return EmbeddedStack.start(0, 2, all);
  }

  /** Runs a command, wants its exit code, and returns what it printed. */
  private static String run(int code, String... command) {
    List<String> line = new java.util.ArrayList<>(List.of(command));
    if (command[0].equals("speak")) {
      line.addAll(List.of("--pack", "probe"));
    }
    PrintStream before = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      assertThat(AvatarFlow.run(line.toArray(String[]::new))).isEqualTo(code);
    } finally {
      System.setOut(before);
    }
    return printed.toString(StandardCharsets.UTF_8);
  }
}
