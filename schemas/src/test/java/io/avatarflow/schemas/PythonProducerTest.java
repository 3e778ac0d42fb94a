package io.avatarflow.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A producer in another language finds the partitions that the Java one finds. */
class PythonProducerTest {
  private static final Path SCRIPT =
      Path.of("..", "docs", "producers", "session_partition.py").toAbsolutePath().normalize();

  @TempDir private Path folder;

  @Test
  void agreesWithThePublishedVectors() throws Exception {
    Path vectors = folder.resolve("vectors.json");
    try (InputStream in =
        SessionPartitioner.class.getResourceAsStream("partitioner-vectors.json")) {
      Files.copy(in, vectors);
    }

    assertThat(run("--check", vectors.toString())).matches("[1-9][0-9]* placements agree");
  }

  @Test
  void findsThePartitionOfAnyKey() throws Exception {
    for (String key :
        List.of("tenant/session", "a/b", "a-tenant/with_a.long-session-name-0123456789")) {
      String expected =
          Integer.toString(new SessionPartitioner(60, 12).partition(SessionKey.parse(key)));
      assertThat(run(key, "60", "12")).isEqualTo(expected);
    }
  }

  private static String run(String... arguments) throws IOException, InterruptedException {
    assumeThat(path("python3")).as("python3 on the path").isTrue();
    List<String> command =
        Stream.concat(Stream.of("python3", SCRIPT.toString()), Stream.of(arguments)).toList();
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("PYTHONUTF8", "1");
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output.strip();
  }

  private static boolean path(String program) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }
}
