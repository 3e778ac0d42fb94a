package io.avatarflow.operators.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The kept inputs of every fuzz target and mutations of them; the long search is a script. */
class FuzzCorpusTest {
  private static final Path CORPUS = Path.of("src/test/resources/fuzz");
  private static final int MUTATIONS = 300;

  @ParameterizedTest
  @EnumSource(FuzzTarget.class)
  void everyKeptInputIsDecodedOrRefused(FuzzTarget target) throws IOException {
    List<Path> inputs = corpus(target);
    assertThat(inputs).isNotEmpty();
    for (Path input : inputs) {
      byte[] bytes = Files.readAllBytes(input);
      assertThatCode(() -> FuzzDriver.feed(target, bytes))
          .as("%s", input)
          .doesNotThrowAnyException();
    }
  }

  @ParameterizedTest
  @EnumSource(FuzzTarget.class)
  void mutationsOfKeptInputsAreDecodedOrRefused(FuzzTarget target) throws IOException {
    List<Path> inputs = corpus(target);
    Random random = new Random(42);
    for (int i = 0; i < MUTATIONS; i++) {
      byte[] bytes = mutate(Files.readAllBytes(inputs.get(random.nextInt(inputs.size()))), random);
      assertThatCode(() -> FuzzDriver.feed(target, bytes))
          .as("mutation %d", i)
          .doesNotThrowAnyException();
    }
  }

  private static List<Path> corpus(FuzzTarget target) throws IOException {
    try (Stream<Path> files = Files.list(CORPUS.resolve(target.id()))) {
      return files.sorted().toList();
    }
  }

  /** Flips bytes, cuts the end off, doubles a part or writes extreme numbers. */
  private static byte[] mutate(byte[] original, Random random) {
    byte[] bytes = original.clone();
    for (int i = 1 + random.nextInt(8); i > 0 && bytes.length > 0; i--) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(4)) {
        case 0 -> bytes[at] = (byte) random.nextInt();
        case 1 -> Arrays.fill(bytes, at, Math.min(bytes.length, at + 4), (byte) 0xff);
        case 2 -> bytes = Arrays.copyOf(bytes, at);
        default -> bytes = doubled(bytes, at, Math.min(bytes.length, at + random.nextInt(64)));
      }
    }
    return bytes;
  }

  private static byte[] doubled(byte[] bytes, int from, int to) {
    byte[] longer = Arrays.copyOf(bytes, bytes.length + to - from);
    System.arraycopy(bytes, from, longer, to, bytes.length - from);
    return longer;
  }
}
