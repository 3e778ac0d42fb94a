package io.avatarflow.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Command lines that cannot be meant, and files that are not there, before anything starts. */
class CommandUsageTest {
  @TempDir Path folder;

  @BeforeEach
  void writeAFileThatIsNothing() throws Exception {
    Files.writeString(folder.resolve("text"), "This is nothing.");
    Files.createDirectory(folder.resolve("empty"));
  }

  /** Exit code, words of the line, and the command line; {@code @} stands for a folder. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "2 | Unmatched argument | rendr",
        "2 | Missing required subcommand | bench",
        "2 | --runs 0 is not possible; give 1 to 100 | bench overhead --runs 0",
        "2 | --runs 101 is not possible; give 1 to 100 | bench render --runs 101",
        "2 | --sessions 0 is not possible; give 1 to 1000 | bench overhead --sessions 0",
        "2 | --sessions 1001 is not possible; give 1 to 1000 | bench replay --sessions 1001",
        "2 | --sessions -1 is not possible; give 1 to 1000 | bench latency --sessions=-1",
        "2 | --half-load 0 is not possible | bench latency --half-load 0",
        "2 | '--sessions' | bench latency --sessions many",
        "2 | --profile is of one pack | bench capacity --profile @/p.json",
        "2 | --seats 0 is not possible; give 1 to 10000 | bench overload --seats 0",
        "1 | is not there | bench overload --profile @/none.json",
        "2 | --sessions 0 is not possible; give 1 to 1000 | bench soak --sessions 0",
        "2 | --minutes 1441 is not possible; give 1 to 1440 | bench soak --minutes 1441",
        "2 | either --sessions or --profile | bench soak --sessions 2 --profile @/p.json",
        "1 | is not there | bench soak --profile @/none.json",
        "1 | no device profile | bench batching --model @/none.json",
        "2 | gpu | bench batching --device gpu",
        "2 | --warm-up 0 is not possible; give 1 to 600 | bench chaos --case kill --state @ --warm-up 0",
        "2 | give its checkout with --previous | bench chaos --case upgrade --state @",
        "2 | '--case' | bench chaos --case flood --state @",
        "1 | neither bundled | bench overhead --pack nowhere --quick",
        "1 | neither bundled | bench render --pack nowhere --quick",
        "2 | --bootstrap is missing; give the Kafka brokers as host:port | speak",
        "2 | --bootstrap is missing | export --out @/x",
        "2 | --bootstrap is missing | requeue",
        "2 | --bootstrap is missing | replay --input avatar.input --out @/x",
        "2 | --bootstrap is missing | replay --dir @ --out topic:x",
        "2 | mutually exclusive | replay --dir @ --out @/x --as-lived --ideal",
        "2 | --dir | replay --out @/x",
        "2 | --verify and --speed need a folder | replay --dir @ --out topic:x --bootstrap b:1 --verify",
        "2 | --speed 0.0 is not possible | replay --dir @ --out @/x --speed 0",
        "2 | --speed NaN is not possible | replay --dir @ --out @/x --speed NaN",
        "2 | --parallelism 61 is not possible; give 1 to 60 | replay --dir @ --out @/x --parallelism 61",
        "2 | --from \"yesterday\" is not a time | export --bootstrap b:1 --out @/x --from yesterday",
        "2 | --sessions 101 is not possible; give 1 to 100 | speak --bootstrap b:1 --sessions 101",
        "2 | --session: | speak --bootstrap b:1 --session nobody",
        "1 | does not exist | speak --bootstrap b:1 --audio @/none.wav",
        "1 | neither bundled | speak --bootstrap b:1 --pack nowhere",
        "1 | not bundled with pack \"probe\" | speak --bootstrap b:1 --pack probe --identity nobody",
        "1 | cannot be used | speak --bootstrap b:1 --pack probe",
        "1 | is a folder | speak --bootstrap b:1 --audio @/empty",
        "1 | is not a folder | replay --dir @/none --out @/x",
        "1 | holds no session | replay --dir @/empty --out @/x",
        "2 | mutually exclusive | replay --dir @ --input t --bootstrap b:1 --out @/x",
        "2 | KEY=VALUE | requeue --bootstrap b:1 --kafka nonsense",
        "2 | --profile | plan --sessions 5",
        "2 | either --traffic FILE or --sessions N | plan --profile @/p.json",
        "1 | is not there | plan --profile @/none.json --sessions 5",
        "1 | cannot be read | plan --profile @/text --sessions 5",
        "2 | is not there | plan --profile @/text --traffic @/none.yaml",
        "2 | -5 | plan --profile @/text --sessions=-5",
        "1 | neither bundled | pack inspect nowhere",
        "1 | neither bundled | pack verify nowhere",
        "1 | pack.yaml | pack seal @/empty",
        "1 | nowhere | pack seal nowhere",
        "2 | --runs 0 is not possible | pack bench probe --runs 0",
        "2 | --steps 99 is not possible; give 1 to 50 | pack bench probe --steps 99",
        "2 | PACK | pack inspect",
        "1 | none | inspect @/none",
        "1 | empty | inspect @/empty"
      })
  void isRefusedInOneLine(int code, String words, String line) {
    String[] args = line.replace("@", folder.toString()).split(" ");
    PrintStream err = System.err;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    int exit;
    try {
      exit = AvatarFlow.run(args);
    } finally {
      System.setErr(err);
    }
    List<String> errors = bytes.toString(StandardCharsets.UTF_8).lines().toList();
    assertThat(errors).as(line).hasSize(1);
    assertThat(errors.get(0)).startsWith("avatarflow: ").contains(words);
    assertThat(exit).as(errors.get(0)).isEqualTo(code);
  }
}
